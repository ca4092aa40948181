"""`python -m deploy.chaos`: break everything on purpose, and compare what was promised with what is there."""

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from aio_pika.exceptions import AMQPError
from rich.console import Console

from deploy.chaos import campaign, table
from deploy.chaos.arena import open_arena
from deploy.chaos.outcome import Outcome, failed
from deploy.chaos.regimes import BY_NAME, REGIMES
from deploy.chaos.run import RATE, Plan, run
from deploy.stand.processes import NotReady
from deploy.stand.stand import Stand, open_stand, stand_folder

ON_DEMAND = {campaign.NAME: campaign.REGIME}
START_SECONDS = 15
# Starting the services, warming up, draining and judging one regime.
REGIME_SECONDS = 25

# Wide enough for the table where nobody says how wide the terminal is.
WIDTH = 180


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; KILLS and SEED also come from the environment, as `make chaos KILLS=200 SEED=7` gives them."""
    parser = argparse.ArgumentParser(prog="python -m deploy.chaos", description=__doc__)
    parser.add_argument(
        "--regime",
        nargs="+",
        choices=[*BY_NAME, *ON_DEMAND],
        metavar="NAME",
        help=f"some of: {' '.join(BY_NAME)}; or, never run without being named: {' '.join(ON_DEMAND)}",
    )
    parser.add_argument("--kills", type=int, default=_number("KILLS"), help="faults per kill and restart regime")
    parser.add_argument("--seed", type=int, default=_number("SEED"), help="repeats a run's choices")
    parser.add_argument("--rate", type=float, default=RATE, help="commands/s and webhooks/s")
    parser.add_argument("--recipients", type=int, default=campaign.RECIPIENTS, help="size of the campaign")
    parser.add_argument("--output", type=Path, default=Path("build/chaos.json"))
    parser.add_argument("--keep", action="store_true", help="keep logs and data under build/")
    return parser.parse_args(arguments)


def _number(name: str) -> int | None:
    value = os.environ.get(name, "")
    return int(value) if value else None


def plans(arguments: argparse.Namespace) -> list[Plan]:
    """Every chosen regime with its seed and number of faults."""
    chosen = [(BY_NAME | ON_DEMAND)[name] for name in arguments.regime] if arguments.regime else list(REGIMES)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    return [
        Plan(regime, seed, regime.faults(arguments.kills), arguments.rate, arguments.recipients) for regime in chosen
    ]


def estimate(chosen: Sequence[Plan]) -> int:
    """Seconds this will take, about."""
    striking = sum(plan.faults * (plan.regime.every + sum(plan.regime.pause) / 2) for plan in chosen)
    return round(START_SECONDS + len(chosen) * REGIME_SECONDS + striking)


async def run_all(arguments: argparse.Namespace, console: Console) -> list[Outcome]:
    """Run one regime after the other on one stand; the file is written after each."""
    chosen = plans(arguments)
    seconds = estimate(chosen)
    console.print(
        f"{len(chosen)} regimes, {sum(plan.faults for plan in chosen)} faults, seed {chosen[0].seed}: "
        f"about {seconds // 60} min {seconds % 60} s; Ctrl-C ends it and cleans up."
    )
    began, outcomes = time.monotonic(), list[Outcome]()

    def say(line: str) -> None:
        console.print(f"[{time.monotonic() - began:6.1f} s] {line}", highlight=False, markup=False)

    async with (
        open_stand(stand_folder("chaos"), numbers=1, throughput=80, customers=0, keep=arguments.keep) as stand,
        open_arena(stand, say, chosen[0].seed) as arena,
    ):
        say(f"{stand.own_postgres.version()}, {stand.own_broker.version()}, {os.cpu_count()} cores")
        for plan in chosen:
            say(f"{plan.regime.name}: {plan.faults} faults")
            try:
                outcomes.append(await (campaign.run if plan.regime is campaign.REGIME else run)(arena, plan))
            except (RuntimeError, NotReady, OSError, psycopg.Error, AMQPError) as error:
                outcomes.append(failed(plan.regime.name, plan.seed, str(error)))
                await _mend(arena.stand)
            say(f"{plan.regime.name}: {_judgement(outcomes[-1])}")
            table.write(outcomes, arguments.output)
    return outcomes


def _judgement(outcome: Outcome) -> str:
    return "clean" if outcome.is_clean else f"NOT CLEAN: {outcome.error or '; '.join(outcome.findings[:3])}"


async def _mend(stand: Stand) -> None:
    """After a regime that broke off, broker and database must run for the next one."""
    for node in (stand.own_postgres, stand.own_broker):
        node.process.thaw()
        if not node.process.is_alive:
            await node.start()


def main() -> int:
    """Exit 0 only when every regime was clean."""
    arguments, console = parse(sys.argv[1:]), Console(width=None if sys.stdout.isatty() else WIDTH)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    outcomes = asyncio.run(run_all(arguments, console))
    table.show(outcomes, console)
    return 0 if all(outcome.is_clean for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
