"""`python -m deploy.bench`: measure what Colomba does against the bare libraries, on this machine, now."""

import argparse
import asyncio
import os
import platform
import signal
import sys
import time
from pathlib import Path

import orjson
from rich.console import Console

from deploy.bench import table
from deploy.bench.figures import Result, warnings_against
from deploy.bench.options import NAMES, ON_DEMAND, SHORT, Options
from deploy.bench.rig import LoadFailed, Rig
from deploy.bench.scenarios import EXTRA, SCENARIOS
from deploy.stand.processes import NotReady
from deploy.stand.stand import open_stand, stand_folder

COMMITTED = {False: Path("docs/bench.json"), True: Path("docs/bench-quick.json")}

# Wide enough for the table where nobody says how wide the terminal is.
WIDTH = 180


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small amounts, under two minutes, ratios only")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=NAMES + ON_DEMAND,
        metavar="NAME",
        help=f"some of {' '.join(NAMES)}; or, never run without being named, {' '.join(ON_DEMAND)}",
    )
    parser.add_argument("--seconds", type=float, help="length of the stretches that last a fixed time")
    parser.add_argument("--rows", type=int, help="rows of growth and reading, messages of backlog")
    parser.add_argument("--dataset", type=Path, help="folder where reading keeps its filled database for the next run")
    parser.add_argument("--rounds", type=int, help="interleaved rounds where ours and the ceiling take turns")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--keep", action="store_true", help="keep the logs of the stand under build/")
    return parser.parse_args(arguments)


async def run(arguments: argparse.Namespace, console: Console) -> list[Result]:
    """Measure one scenario after the other on one stand; the file is written after each."""
    wanted = arguments.only or (SHORT if arguments.quick else NAMES)
    only = [name for name in NAMES + ON_DEMAND if name in wanted]
    dataset = arguments.dataset and arguments.dataset.resolve()
    options = Options(arguments.quick, only, arguments.seconds, arguments.rows, arguments.rounds, dataset)
    console.print(f"About {options.estimate() // 60} min {options.estimate() % 60} s; Ctrl-C ends it and cleans up.")
    began, results = time.monotonic(), list[Result]()

    def say(line: str) -> None:
        console.print(f"[{time.monotonic() - began:6.1f} s] {line}", highlight=False, markup=False)

    async with open_stand(
        stand_folder("bench"), numbers=1, throughput=100_000, customers=0, keep=arguments.keep
    ) as stand:
        neighbours = f"{stand.own_postgres.version()}, {stand.own_broker.version()}"
        say(f"Python {platform.python_version()} ({sys.executable}), {neighbours}, {os.cpu_count()} cores")
        rig = Rig(stand, options, say)
        for name in only:
            say(name)
            results.append(await measured(rig, name))
            table.write(results, arguments.output)
    return results


async def measured(rig: Rig, name: str) -> Result:
    """One scenario; what could not be measured stands in the table as such and stops nothing."""
    strangers = os.getloadavg()[0]
    try:
        result = await (SCENARIOS | EXTRA)[name](rig)
    except (LoadFailed, NotReady, RuntimeError, OSError) as error:
        rig.say(f"{name} could not be measured: {error}")
        return Result(name, 0, "not measured", held=False, notes=f"could not be measured: {error}")
    result.details["load_average_before"] = round(strangers, 1)
    return result


def warn(results: list[Result], before: Path, console: Console) -> None:
    """Compare ratios with the committed table of the same form; a warning decides nothing."""
    if not before.exists():
        return
    committed = orjson.loads(before.read_bytes())
    for sentence in warnings_against(committed, [result.as_json() for result in results]):
        console.print(f"slower than the committed table: {sentence}", style="yellow")


def main() -> int:
    """Exit 0 when every scenario could be measured, whatever it showed."""
    arguments, console = parse(sys.argv[1:]), Console(width=None if sys.stdout.isatty() else WIDTH)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results = asyncio.run(run(arguments, console))
    table.show(results, console)
    warn(results, COMMITTED[arguments.quick], console)
    return 1 if any(result.unit == "not measured" for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
