"""`python -m deploy.simulator`: play Meta's Cloud API on this machine."""

import argparse
import asyncio
import os
import signal
from dataclasses import MISSING, fields
from typing import Any

import uvloop

from deploy.simulator.options import Options
from deploy.simulator.server import running

_HELP = {
    "port": "0 takes a free one; the first line printed says which",
    "webhook_url": "where signed webhooks are posted; none are without it",
    "statuses": "what becomes of an accepted message, in order",
    "status_delay_s": "seconds between acceptance and the first status, and between statuses",
    "updates_per_webhook": "at most so many statuses in one body (1 to 1000)",
    "strict": "refuse numbers that were not registered by POST /_sim/numbers",
    "enforce_throughput": "answer 130429 above a number's tier",
    "enforce_pair": "answer 131056 above one message per 6 s and recipient, burst 45",
    "enforce_window": "answer 131047 outside the 24-hour window",
    "portfolio_limit": "answer 131048 to templates beyond so many people in 24 hours; 0 is without limit",
    "template_review_s": "seconds until a new or edited template is approved",
    "media_url_ttl_s": "seconds an address of a file is valid",
    "app_secret": "signs webhooks; SIMULATOR_APP_SECRET keeps it off the command line",
    "verify_token": "of the callback's verification; or SIMULATOR_VERIFY_TOKEN",
    "rewrite_wa_ids": "answer with the older forms of Brazilian and Mexican numbers, as Meta may",
}
# What a process list should not show may stand in the environment.
_SECRETS = {"app_secret": "SIMULATOR_APP_SECRET", "verify_token": "SIMULATOR_VERIFY_TOKEN"}


def main() -> None:
    """Run until a signal comes."""
    uvloop.run(_run(_options()))


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m deploy.simulator", description=__doc__)
    for each in fields(Options):
        default = os.environ.get(_SECRETS.get(each.name, ""), each.default)
        parser.add_argument(*_flags(each.name), **_argument(each.name, default))
    return Options(**vars(parser.parse_args()))


def _flags(name: str) -> list[str]:
    """`--latency-ms`; a duration in seconds also goes without its unit: `--status-delay`."""
    long = f"--{name.replace('_', '-')}"
    return [long, long.removesuffix("-s")] if name.endswith("_s") else [long]


def _argument(name: str, default: Any) -> dict[str, Any]:
    if default is MISSING:
        raise TypeError(name)
    shown = "" if name in _SECRETS else f"(default: {default})"
    argument: dict[str, Any] = {
        "default": default,
        "help": f"{_HELP.get(name, '')} {shown}".strip(),
        "dest": name,
    }
    return argument | ({"action": "store_true"} if default is False else {"type": type(default)})


async def _run(options: Options) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with running(options) as simulator:
        print(simulator.url, flush=True)
        await stopping.wait()


if __name__ == "__main__":
    main()
