"""`python -m deploy.chaos`: break everything on purpose, and compare what was promised with what is there."""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import psycopg
from aio_pika.exceptions import AMQPError
from rich.console import Console

from deploy.chaos import campaign, handover, soak, table
from deploy.chaos.arena import Arena, open_arena
from deploy.chaos.outcome import Outcome, failed, skipped
from deploy.chaos.regimes import BY_NAME, REGIMES, SOAK
from deploy.chaos.run import RATE, Plan, run
from deploy.stand.ground import Ground
from deploy.stand.processes import NotReady
from deploy.stand.small_disk import NotPossible, mount_privately
from deploy.stand.stand import open_stand, stand_folder

ON_DEMAND = {campaign.NAME: campaign.REGIME, handover.NAME: handover.REGIME, SOAK.name: SOAK}
# Regimes with a course of their own.
RUNS = {campaign.NAME: campaign.run, handover.NAME: handover.run}
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
    parser.add_argument("--rate", type=float, help=f"commands/s and webhooks/s; {RATE} where a regime has no own")
    size = "size of the campaign; the handover sends a fifth as many commands"
    parser.add_argument("--recipients", type=int, default=campaign.RECIPIENTS, help=size)
    parser.add_argument("--minutes", type=float, default=soak.MINUTES, help="length of the soak")
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
        Plan(
            regime,
            seed,
            1 if regime is SOAK else regime.faults(arguments.kills),
            arguments.rate or regime.rate or RATE,
            arguments.recipients,
            arguments.minutes,
        )
        for regime in chosen
    ]


def estimate(chosen: Sequence[Plan]) -> int:
    """Seconds this will take, about."""
    striking = sum(plan.faults * (plan.regime.every + sum(plan.regime.pause) / 2) for plan in chosen)
    soaking = sum(plan.minutes * 60 for plan in chosen if plan.regime is SOAK)
    return round(START_SECONDS + len(chosen) * REGIME_SECONDS + striking + soaking)


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

    for ground in Ground:
        there = [plan for plan in chosen if plan.regime.ground is ground]
        try:
            async for outcome in _run_on(ground, there, say, keep=arguments.keep):
                outcomes.append(outcome)
                table.write(outcomes, arguments.output)
        except NotPossible as missing:
            outcomes += [skipped(plan.regime.name, plan.seed, str(missing)) for plan in there]
            say(f"{', '.join(plan.regime.name for plan in there)}: skipped, {missing}")
            table.write(outcomes, arguments.output)
    return outcomes


async def _run_on(
    ground: Ground, there: Sequence[Plan], say: Callable[[str], None], *, keep: bool
) -> AsyncIterator[Outcome]:
    """Run the regimes that want this ground, on one stand; raises `NotPossible` when there can be none."""
    if not there:
        return
    size = {"numbers": 1, "throughput": 80, "customers": 0}
    async with (
        open_stand(stand_folder("chaos"), **size, keep=keep, ground=ground) as stand,
        open_arena(stand, say, there[0].seed) as arena,
    ):
        neighbours = stand.neighbours()
        say(f"{neighbours}, {os.cpu_count()} cores")
        for plan in there:
            say(f"{plan.regime.name}: {plan.faults} faults")
            outcome = await _outcome(arena, plan)
            outcome.neighbours = neighbours
            say(f"{plan.regime.name}: {_judgement(outcome)}")
            yield outcome


async def _outcome(arena: Arena, plan: Plan) -> Outcome:
    try:
        await _mend(arena)
        return await RUNS.get(plan.regime.name, run)(arena, plan)
    except NotPossible as missing:
        return skipped(plan.regime.name, plan.seed, str(missing))
    except (RuntimeError, NotReady, OSError, psycopg.Error, AMQPError) as error:
        return failed(plan.regime.name, plan.seed, str(error))


def _judgement(outcome: Outcome) -> str:
    if outcome.skipped:
        return f"skipped, {outcome.skipped}"
    return "clean" if outcome.is_clean else f"NOT CLEAN: {outcome.error or '; '.join(outcome.findings[:3])}"


async def _mend(arena: Arena) -> None:
    """The regime before may have broken off; broker and database must run for this one."""
    arena.heal()
    for node in arena.stand.own_nodes:
        node.process.thaw()
        if not node.process.is_alive:
            await node.start()


def main() -> int:
    """Exit 0 only when every regime that could be run was clean."""
    arguments, console = parse(sys.argv[1:]), Console(width=None if sys.stdout.isatty() else WIDTH)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if any(plan.regime.ground is Ground.SMALL_DISKS for plan in plans(arguments)):
        with contextlib.suppress(NotPossible):
            mount_privately()
    outcomes = asyncio.run(run_all(arguments, console))
    table.show(outcomes, console)
    return 0 if all(outcome.is_clean or outcome.skipped for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
