"""Webhooks from the queue to committed rows: inbound messages, and statuses of messages we sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg

from deploy.bench.figures import Result, Rounds, milliseconds, per_thousand
from deploy.bench.meter import Reading, metered
from deploy.bench.rig import Drain, LoadFailed, Rig, watch
from deploy.stand.processes import Process

# The backend that counts for us: its work is the bench's, not the database's.
COUNTING = "counting"
CEILING_QUEUE = "bench.ceiling.consume"
# A webhook's time in the system while half the measured rate is offered.
_LATENCY = """
select coalesce(percentile_cont(0.5) within group (order by extract(epoch from processed_at - received_at)), 0) as p50,
       coalesce(percentile_cont(0.99) within group (order by extract(epoch from processed_at - received_at)), 0) as p99
from colomba.webhook_log where processed_at > $1
"""
_OUTBOUND = """
with logged as (
    insert into colomba.message_log
        (organization_id, direction, phone_number_id, type, status, attempt, recipient, content)
    select $1, 'outbound', $2, 'template', 'sent', 1, (393500000000 + n)::text, '{}' from generate_series(1, $3::int) n
    returning organization_id, id
)
select min(id), max(id) from logged
"""
_NEWEST = "select max(id) from colomba.message_log where organization_id = $1"
_SINCE = {
    "inbound": """
        select count(*) from colomba.message_log where organization_id = $1 and id > $2 and direction = 'inbound'
    """,
    "statuses": """
        select count(*) from colomba.message_status_events
        where organization_id = $1 and message_id > $2 and at > now() - interval '1 day'
    """,
}


@dataclass(slots=True)
class Committed:
    """One drained round: how fast, and what it used."""

    drain: Drain
    reading: Reading


async def count_inbound(database: asyncpg.Connection) -> int:
    """Inbound messages in the log."""
    return int(await database.fetchval("select count(*) from colomba.message_log where direction = 'inbound'"))


async def newest(rig: Rig, database: asyncpg.Connection) -> int:
    """The id of the last message in the log."""
    found = await database.fetchval(_NEWEST, rig.stand.tenant.organization_id)
    return int(found or 0)


def committed_since(rig: Rig, database: asyncpg.Connection, kind: str, message_id: int) -> Callable[[], Awaitable[int]]:
    """Counts messages from customers, or statuses, of messages past an id: by an index, however long the log is."""

    async def count() -> int:
        return int(await database.fetchval(_SINCE[kind], rig.stand.tenant.organization_id, message_id))

    return count


async def inbound(rig: Rig) -> Result:
    """Inbound texts of 2,000 customers: contact, conversation, lead, note, log and events, then acknowledged."""
    amount = rig.options.pick(20_000, 3_000)
    return await _rounds(rig, "inbound", 0.35, lambda worker: drained(rig, worker, "inbound", amount))


async def statuses(rig: Rig) -> Result:
    """One status per webhook: sent, delivered, read of messages in the log."""
    amount = rig.options.pick(20_000, 3_000) // 3 * 3
    return await _rounds(rig, "statuses", 0.5, lambda worker: drained(rig, worker, "statuses", amount))


async def _rounds(rig: Rig, kind: str, goal: float, ours: Callable[[Process], Awaitable[Committed]]) -> Result:
    await rig.renew()
    await rig.make_queue(CEILING_QUEUE)
    worker = await rig.worker()
    measured, ceilings = [], []
    for number in range(rig.options.repeats()):
        rig.say(f"round {number + 1}: the worker, then the bare loop")
        measured.append(await ours(worker))
        ceilings.append(await bare(rig, kind, measured[-1].drain.count))
    rounds = Rounds([each.drain.rate for each in measured], ceilings)
    p50, p99 = await latency(rig, kind, rounds.value / 2)
    last = measured[-1]
    return Result(
        kind,
        rounds.value,
        "messages/s" if kind == "inbound" else "statuses/s",
        rounds.bound,
        rounds.ratio,
        p50,
        p99,
        goal=f"ratio >= {goal}",
        held=rounds.ratio >= goal,
        cpu_s_per_1000=per_thousand(last.reading.cpu, last.drain.count),
        peak_memory_mib=last.reading.memory_mib(),
        notes=f"one worker, one per webhook; p50/p99 = received to its transaction at half the rate; {rounds.spread()}",
    )


async def drained(rig: Rig, worker: Process, kind: str, amount: int, **more: int) -> Committed:
    """Fill the queue while the worker is frozen, let it go, and watch the rows come; `more` goes to the load."""
    async with rig.database() as database:
        count = committed_since(rig, database, kind, await newest(rig, database))
        if kind == "statuses":
            more["first"] = await outbound(rig, database, amount // 3)
        worker.freeze()
        try:
            await rig.fill(kind, amount, **more)
        finally:
            worker.thaw()
        async with metered(rig.groups() | {COUNTING: [database.get_server_pid()]}) as reading:
            drain = await watch(count, amount, 180)
        reading.cpu["database"] -= reading.cpu.pop(COUNTING)
        reading.peak.pop(COUNTING, None)
        if await count() != amount:
            raise LoadFailed(f"{kind}: more rows than webhooks")
    return Committed(drain, reading)


async def outbound(rig: Rig, database: asyncpg.Connection, amount: int) -> int:
    """Put sent messages into the log for statuses to find; returns the first id."""
    tenant = rig.stand.tenant
    row = await database.fetchrow(_OUTBOUND, tenant.organization_id, tenant.numbers[0], amount)
    if row is None or row[1] - row[0] != amount - 1:
        raise LoadFailed("the ids of the filled-in messages are not consecutive")
    return int(row[0])


async def bare(rig: Rig, kind: str, amount: int) -> float:
    """The rate of the bare loop over the same webhooks on a queue of its own."""
    async with rig.channel() as channel:
        queue = await channel.get_queue(CEILING_QUEUE)
        await queue.bind("whatsapp.events", "bench")
    await rig.fill(kind, amount, exchange="whatsapp.events", routing_key="bench")
    report = await rig.python(
        "deploy.bench.ceilings.consume", rig.stand.broker.url, rig.stand.dsn, CEILING_QUEUE, str(amount)
    )
    return float(report["rate"])


async def latency(rig: Rig, kind: str, rate: float) -> tuple[float, float]:
    """Median and 99th percentile in ms while so many are offered per second."""
    seconds = rig.options.lasting(8, 2)
    amount = max(3, int(rate * seconds) // 3 * 3)
    async with rig.database() as database:
        count = committed_since(rig, database, kind, await newest(rig, database))
        since = await database.fetchval("select clock_timestamp()")
        more = {} if kind == "inbound" else {"first": await outbound(rig, database, amount // 3)}
        await rig.fill(kind, amount, rate=rate, **more)
        await watch(count, amount, 60)
        row = await database.fetchrow(_LATENCY, since)
    return (milliseconds(float(row["p50"])), milliseconds(float(row["p99"]))) if row else (0.0, 0.0)
