"""The three stories with 10,000,000 messages in the log against 10,000: does a message cost more?"""

import asyncio
import statistics
import time
from dataclasses import dataclass

import asyncpg

from deploy.bench.figures import Result
from deploy.bench.rig import Rig
from deploy.bench.scenarios.committed import drained
from deploy.bench.scenarios.sending import overall_rate, sent

SMALL, LARGE, QUICK_LARGE = 10_000, 10_000_000, 100_000
PARTS = 4
STORIES = ("inbound", "statuses", "send")
# Conversations get 100 messages each, of which every third came in; ids stay consecutive within a part.
_FILL = """
with made as (
    insert into colomba.message_log
        (organization_id, direction, phone_number_id, contact_id, conversation_id, type, status, attempt, external_id,
         recipient, text, content, created_at, status_updated_at)
    select $1, case when n % 3 = 0 then 'inbound' else 'outbound' end, $2, n / 100, n / 100, 'text',
           case when n % 3 = 0 then 'received' else 'read' end, 1, 'wamid.fill.' || lpad(n::text, 12, '0'),
           (393900000000 + n / 100)::text, 'a message of some length, number ' || n,
           '{"body": "a message of some length"}',
           now() - interval '30 days' + n * interval '0.2 seconds', now()
    from generate_series($3::int, $4::int) n
    returning organization_id, id, external_id
)
insert into colomba.wamids (organization_id, wamid, message_id, attempt)
select organization_id, external_id, id, 1 from made
"""
_SECONDARY = """
select indexname, indexdef from pg_indexes
where schemaname = 'colomba' and tablename = 'message_log' and indexname not like '%pkey'
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of services and database per 1,000 messages, and the rate."""

    cpu: float
    rate: float


async def growth(rig: Rig) -> Result:
    """Value: the largest growth of a story's cost (CPU of services and database per message)."""
    rows = rig.options.rows or rig.options.pick(LARGE, QUICK_LARGE)
    await rig.renew()
    await rig.graph()
    await _fill(rig, 0, SMALL)
    rig.say(f"the three stories at {SMALL:,} logged messages")
    before = await _costs(rig, 0)
    began = time.perf_counter()
    await _fill(rig, SMALL, rows)
    filled = time.perf_counter() - began
    rig.say(f"filled up to {rows:,} in {filled:.0f} s; the three stories again")
    after = await _costs(rig, 1)
    grown = {story: after[story].cpu / before[story].cpu for story in STORIES}
    slowed = {story: before[story].rate / after[story].rate for story in STORIES}
    worst = max(grown.values())
    return Result(
        "growth",
        worst,
        "x cost",
        1.0,
        1 / worst,
        goal="<= 1.15 x at 10,000,000 rows",
        held=worst <= 1.15 if rows >= LARGE else None,
        notes=f"{rows:,} rows in message_log and wamids against {SMALL:,} (filled in {filled:.0f} s); CPU of "
        "services and database per message: " + ", ".join(f"{story} x{grown[story]:.2f}" for story in STORIES),
        details={
            "cpu_s_per_1000_before": {story: round(before[story].cpu, 4) for story in STORIES},
            "cpu_s_per_1000_after": {story: round(after[story].cpu, 4) for story in STORIES},
            "time_growth": {story: round(slowed[story], 3) for story in STORIES},
        },
    )


async def _costs(rig: Rig, turn: int) -> dict[str, Cost]:
    """Median of the rounds; each worker begins fresh, so that both turns warm up alike."""
    amount = rig.options.pick(12_000, 1_500)
    worker = await rig.worker(f"worker-{turn}")
    costs: dict[str, list[Cost]] = {story: [] for story in STORIES}
    for number in range(rig.options.repeats() + 1):
        first = 1 + (turn * 10 + number) * 100_000
        for kind in ("inbound", "statuses"):
            run = await drained(rig, worker, kind, amount)
            costs[kind].append(_cost(run.reading.cpu, amount, run.drain.rate))
        report, reading = await sent(rig, [worker], amount, first=first)
        costs["send"].append(_cost(reading.cpu, amount, overall_rate(report)))
    await worker.terminate()
    return {story: _median(measured[1:]) for story, measured in costs.items()}


def _cost(cpu: dict[str, float], amount: int, rate: float) -> Cost:
    return Cost((cpu["services"] + cpu["database"]) * 1000 / amount, rate)


def _median(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(each.cpu for each in costs), statistics.median(each.rate for each in costs))


async def _fill(rig: Rig, start: int, end: int) -> None:
    """Fill in messages start+1 … end over several connections; secondary indexes are made again at the end."""
    async with rig.database() as database:
        indexes = await database.fetch(_SECONDARY)
        for index in indexes:
            await database.execute(f'drop index colomba."{index["indexname"]}"')
        bounds = _parts(start, end)
        await asyncio.gather(*(_fill_part(rig, *bound) for bound in bounds))
        for index in indexes:
            await database.execute(index["indexdef"], timeout=600)
        await database.execute("vacuum (analyze, freeze) colomba.message_log", timeout=1200)
        await database.execute("vacuum (analyze, freeze) colomba.wamids", timeout=1200)
        await database.execute("checkpoint", timeout=600)


def _parts(start: int, end: int) -> list[tuple[int, int]]:
    """First and last number of each connection's part."""
    width = max(1, (end - start) // PARTS)
    lasts = [start + (part + 1) * width for part in range(PARTS - 1)] + [end]
    return [(start + part * width + 1, last) for part, last in enumerate(lasts)]


async def _fill_part(rig: Rig, first: int, last: int) -> None:
    async with rig.database() as database:
        await database.execute("set synchronous_commit = off")
        for begin in range(first, last + 1, 100_000):
            await _fill_rows(database, rig, begin, min(last, begin + 99_999))


async def _fill_rows(database: asyncpg.Connection, rig: Rig, begin: int, end: int) -> None:
    tenant = rig.stand.tenant
    await database.execute(_FILL, tenant.organization_id, tenant.numbers[0], begin, end, timeout=600)
