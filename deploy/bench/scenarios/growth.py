"""The three stories with 10,000,000 messages in the log against 10,000: does a message cost more?"""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.bench.figures import Result
from deploy.bench.load.publishes import ACTIVE_CUSTOMERS
from deploy.bench.rig import Rig
from deploy.bench.scenarios.committed import drained
from deploy.bench.scenarios.grown_log import Shop, enter, open_shop
from deploy.bench.scenarios.sending import overall_rate, sent
from deploy.stand.processes import Process

SMALL, LARGE, QUICK_LARGE = 10_000, 10_000_000, 100_000
STORIES = ("inbound", "statuses", "send")
SENDS_APART = 100_000


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of services and database per 1,000 messages, and the rate."""

    cpu: float
    rate: float


Costs = Mapping[str, Cost]


async def growth(rig: Rig) -> Result:
    """Value: the largest growth of a story's cost (CPU of services and database per message)."""
    rows = rig.options.rows or rig.options.pick(LARGE, QUICK_LARGE)
    await rig.renew()
    await rig.graph()
    began = time.perf_counter()
    large, littles = await opened(rig, rows)
    filled = time.perf_counter() - began
    rig.say(f"{rows:,} messages filled in {filled:.0f} s")
    return judged(await compared(rig, large, littles), rows, filled)


async def opened(rig: Rig, rows: int) -> tuple[Shop, list[Shop]]:
    """The large log, and for each round a little one that no round before made larger."""
    large = await open_shop(rig, rows)
    return large, [await open_shop(rig, SMALL) for _ in range(rig.options.repeats(4))]


async def compared(rig: Rig, large: Shop, littles: Sequence[Shop]) -> list[tuple[Costs, Costs]]:
    """Rounds in pairs, the little log first in one and last in the next."""
    pairs = []
    for number, little in enumerate(littles):
        order = [little, large] if number % 2 else [large, little]
        costs = {shop.database: await _costs(rig, shop, number) for shop in order}
        pairs.append((costs[little.database], costs[large.database]))
        rig.say(f"round {number + 1}: " + ", ".join(f"{story} x{_growth(pairs[-1:], story):.2f}" for story in STORIES))
    return pairs


def judged(pairs: Sequence[tuple[Costs, Costs]], rows: int, filled: float) -> Result:
    """The row of the table."""
    grown = {story: _growth(pairs, story) for story in STORIES}
    worst = max(grown.values())
    return Result(
        "growth",
        worst,
        "x cost",
        1.0,
        1 / worst,
        goal="<= 1.15 x at 10,000,000 rows",
        held=worst <= 1.15 if rows >= LARGE else None,
        notes=f"{rows:,} messages of 90 days with contacts, leads, notes, statuses (filled in {filled:.0f} s) against "
        f"{SMALL:,}, warm, {len(pairs)} rounds in turns; CPU of services and database per message: "
        + ", ".join(f"{story} x{grown[story]:.2f}" for story in STORIES),
        details={
            "cpu_s_per_1000_before": {story: _middle([little for little, _ in pairs], story) for story in STORIES},
            "cpu_s_per_1000_after": {story: _middle([large for _, large in pairs], story) for story in STORIES},
            "time_growth": {
                story: round(statistics.median(little[story].rate / large[story].rate for little, large in pairs), 3)
                for story in STORIES
            },
        },
    )


def _growth(pairs: Sequence[tuple[Costs, Costs]], story: str) -> float:
    return statistics.median(large[story].cpu / little[story].cpu for little, large in pairs)


def _middle(costs: Sequence[Costs], story: str) -> float:
    return round(statistics.median(each[story].cpu for each in costs), 4)


async def _costs(rig: Rig, shop: Shop, turn: int) -> Costs:
    """One measured run of each story by a worker of its own, once every customer of the hour has been seen twice.

    As in a database that has been up for hours: the pages of those who write now are in memory, and were written to
    since the last checkpoint.
    """
    enter(rig, shop)
    amount = rig.options.pick(12_000, 3_000)
    worker = await rig.worker(f"worker-{rig.run_name()}")
    try:
        await _run(rig, shop, worker, amount=3 * ACTIVE_CUSTOMERS, first=1 + 2 * turn * SENDS_APART)
        return await _run(rig, shop, worker, amount=amount, first=1 + (2 * turn + 1) * SENDS_APART)
    finally:
        await worker.terminate()


async def _run(rig: Rig, shop: Shop, worker: Process, *, amount: int, first: int) -> Costs:
    costs = {}
    for kind in ("inbound", "statuses"):
        run = await drained(rig, worker, kind, amount, stride=shop.stride)
        costs[kind] = _cost(run.reading.cpu, amount, run.drain.rate)
    report, reading = await sent(rig, [worker], amount // 2, first=first)
    costs["send"] = _cost(reading.cpu, amount // 2, overall_rate(report))
    return costs


def _cost(cpu: dict[str, float], amount: int, rate: float) -> Cost:
    return Cost((cpu["services"] + cpu["database"]) * 1000 / amount, rate)
