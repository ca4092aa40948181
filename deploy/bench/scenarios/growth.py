"""The three stories with 10,000,000 messages in the log against 10,000: does a message cost more?

Each size takes its turn from the same state: a checkpoint, then a warm-up in which every customer of the hour is seen
three times, so that the pages of those who write now are in memory and were written to since the checkpoint, as in a
database that has been up for minutes. What the first messages after a checkpoint cost is told beside it: a checkpoint
comes once in hundreds of thousands of messages. Autovacuum comes once a minute and would hit one story and miss the
next, so it is held back; what its own thresholds call for is done once at the end of each turn of a minute, and every
message of the turn bears the same share of it.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from deploy.bench.figures import Result
from deploy.bench.load.publishes import ACTIVE_CUSTOMERS
from deploy.bench.meter import Reading, metered
from deploy.bench.rig import Rig
from deploy.bench.scenarios.committed import drained
from deploy.bench.scenarios.grown_log import Shop, enter, open_shop
from deploy.bench.scenarios.sending import overall_rate, sent
from deploy.bench.scenarios.upkeep import by_hand, keep_up
from deploy.stand.processes import Process

SMALL, LARGE, QUICK_LARGE = 10_000, 10_000_000, 100_000
STORIES = ("inbound", "statuses", "send")
# Sends of a run go to recipients of their own.
SENDS_APART = 100_000
# So long that what happens once in a while happens in each.
WEBHOOKS, QUICK_WEBHOOKS = 39_000, 3_000


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of services and database per 1,000 messages, and the rate."""

    cpu: float
    rate: float


Costs: TypeAlias = Mapping[str, Cost]


class Turn(NamedTuple):
    """One size in one round: the first messages after a checkpoint, those that count, and the upkeep per 1,000."""

    first: Costs
    warm: Costs
    upkeep: float

    def cost(self, story: str) -> float:
        return self.warm[story].cpu + self.upkeep


class Pair(NamedTuple):
    """One round."""

    little: Turn
    large: Turn


async def growth(rig: Rig) -> Result:
    """Value: the largest growth of a story's cost (CPU of services and database per message)."""
    rows = rig.options.rows or rig.options.pick(LARGE, QUICK_LARGE)
    await rig.renew()
    await rig.graph()
    async with by_hand(rig):
        began = time.perf_counter()
        large = await open_shop(rig, rows)
        filled = time.perf_counter() - began
        rig.say(f"{rows:,} messages filled in {filled:.0f} s")
        return judged(await compared(rig, large), rows, filled)


async def compared(rig: Rig, large: Shop) -> list[Pair]:
    """Rounds of the large log and a little one that no round before made larger, each first in every other round."""
    pairs = []
    for number in range(rig.options.repeats(4)):
        little = await open_shop(rig, SMALL)
        turns: dict[str, Turn] = {}
        for shop in [little, large] if number % 2 else [large, little]:
            turns[shop.database] = await _turn(rig, shop, number)
        pairs.append(Pair(turns[little.database], turns[large.database]))
        rig.say(f"round {number + 1}: " + _listed(pairs[-1:]))
    return pairs


def judged(pairs: Sequence[Pair], rows: int, filled: float) -> Result:
    """The row of the table."""
    worst = max(_growth(pairs, story) for story in STORIES)
    return Result(
        "growth",
        worst,
        "x cost",
        1.0,
        1 / worst,
        goal="<= 1.15 x at 10,000,000 rows",
        held=worst <= 1.15 if rows >= LARGE else None,
        notes=f"{rows:,} messages of 90 days with contacts, leads, notes, statuses (filled in {filled:.0f} s) against "
        f"{SMALL:,}, warm, {len(pairs)} rounds in turns; CPU of services and database per message, with its vacuum: "
        + _listed(pairs),
        details={
            "rounds": {story: [round(_growth([pair], story), 3) for pair in pairs] for story in STORIES},
            "before": _told([pair.little for pair in pairs]),
            "after": _told([pair.large for pair in pairs]),
        },
    )


def _listed(pairs: Sequence[Pair]) -> str:
    return ", ".join(f"{story} x{_growth(pairs, story):.2f}" for story in STORIES)


def _growth(pairs: Sequence[Pair], story: str) -> float:
    return statistics.median(large.cost(story) / little.cost(story) for little, large in pairs)


def _told(turns: Sequence[Turn]) -> Mapping[str, object]:
    return {
        "cpu_s_per_1000": _middles([turn.warm for turn in turns]),
        "upkeep_cpu_s_per_1000": round(statistics.median(turn.upkeep for turn in turns), 4),
        "first_after_checkpoint": _middles([turn.first for turn in turns]),
        "per_second": {story: round(statistics.median(turn.warm[story].rate for turn in turns)) for story in STORIES},
    }


def _middles(costs: Sequence[Costs]) -> dict[str, float]:
    return {story: round(statistics.median(each[story].cpu for each in costs), 4) for story in STORIES}


async def _turn(rig: Rig, shop: Shop, turn: int) -> Turn:
    """One worker of its own, from a checkpoint on."""
    enter(rig, shop)
    amount = rig.options.pick(WEBHOOKS, QUICK_WEBHOOKS)
    async with rig.database() as database:
        await database.execute("checkpoint", timeout=600)
    worker = await rig.worker(f"worker-{rig.run_name()}")
    try:
        first = await _run(rig, shop, worker, amount=3 * ACTIVE_CUSTOMERS, first=1 + 2 * turn * SENDS_APART)
        await keep_up(rig)
        warm = await _run(rig, shop, worker, amount=amount, first=1 + (2 * turn + 1) * SENDS_APART)
        async with metered({"database": rig.groups()["database"]}) as after:
            await keep_up(rig)
        return Turn(first, warm, after.cpu["database"] * 1000 / (amount * 2 + amount // 2))
    finally:
        await worker.terminate()


async def _run(rig: Rig, shop: Shop, worker: Process, *, amount: int, first: int) -> Costs:
    costs = {}
    for kind in ("inbound", "statuses"):
        run = await drained(rig, worker, kind, amount, stride=shop.stride)
        costs[kind] = _cost(run.reading, amount, run.drain.rate)
    report, reading = await sent(rig, [worker], amount // 2, first=first)
    costs["send"] = _cost(reading, amount // 2, overall_rate(report))
    return costs


def _cost(reading: Reading, amount: int, rate: float) -> Cost:
    return Cost((reading.cpu["services"] + reading.cpu["database"]) * 1000 / amount, rate)
