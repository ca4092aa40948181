"""Lists, searches and exports of 10,000,000 messages in 500,000 conversations: does every door open within 50 ms?"""

import asyncio
import contextlib
import shutil
import time
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from deploy.bench.figures import Result
from deploy.bench.meter import metered
from deploy.bench.rig import Report, Rig
from deploy.bench.scenarios.reading_data import MARK, PER_CONVERSATION, Wanted, fill
from deploy.bench.scenarios.reading_doors import Known, doors, slowest
from deploy.stand import usage
from deploy.stand.nodes import PostgresNode
from deploy.stand.processes import Process
from sender_service.access import new_key
from sender_service.store import migrations

FULL, QUICK, MILLION = 10_000_000, 100_000, 1_000_000
NUMBERS, CLIENTS, GOAL_MS = 5, 8, 50
OFFERED = 40.0
DATABASE = "reading"
CHUNK = 1 << 20
_KEY = "insert into colomba.api_keys (organization_id, name, role, prefix, hash) values (%s, %s, 'OWNER', %s, %s)"


@dataclass(frozen=True, slots=True)
class Place:
    """The filled database, as the doors and the export need to know it."""

    organization_id: int
    messages: int
    numbers: tuple[str, ...]
    users: tuple[int, ...]
    key: str
    filled: str


async def reading(rig: Rig) -> Result:
    """Value: the slowest door's 95th percentile with 8 clients that do not think; then a million rows exported.

    Beside it, and never in its place: one client alone, and 8 clients of which each asks once in 200 ms, as people do.
    """
    async with _filled(rig) as place:
        rig.stand.settings = {"SENDER_API_RATE": "100000"}
        api = rig.stand.sender("api")
        await rig.stand.start(api)
        chosen = doors(Known(place.messages, place.messages // PER_CONVERSATION, place.numbers, place.users))
        await _knock(rig, place, {"doors": chosen, "seconds": rig.options.lasting(20, 3)})
        alone = await _knock(rig, place, {"doors": chosen, "seconds": rig.options.lasting(20, 3), "clients": 1})
        async with metered(rig.groups()) as reading_:
            closed = await _knock(rig, place, {"doors": chosen, "seconds": rig.options.lasting(60, 4)})
        offered = await _knock(rig, place, {"doors": chosen, "seconds": rig.options.lasting(40, 3), "rate": OFFERED})
        exports = {form: await _export(rig, place, api, form) for form in ("csv", "ndjson")}
    _, worst = slowest(closed["doors"])
    return Result(
        "reading",
        worst,
        "ms p95",
        goal=f"p95 <= {GOAL_MS} ms at every door, export of 1,000,000 rows in flat memory",
        held=(worst <= GOAL_MS and not closed["refused"]) if place.messages >= FULL else None,
        cpu_s_per_1000={group: round(cpu * 1000 / _count(closed), 3) for group, cpu in reading_.cpu.items()},
        peak_memory_mib=reading_.memory_mib(),
        notes=f"{place.messages:,} messages, {place.messages // PER_CONVERSATION:,} conversations ({place.filled}); "
        f"p95 <= {GOAL_MS} ms: {CLIENTS} clients without a pause {_told(closed)}; one client alone {_told(alone)}; "
        f"{CLIENTS} clients, each one request in {CLIENTS * 1000 / OFFERED:g} ms, {_told(offered)}; "
        + "; ".join(f"{form}: {told['rows']:,} rows at {told['rate']:,}/s, {told['grown_mib']} MiB more memory"
                    for form, told in exports.items()),
        details={"alone": alone, "closed": closed, "offered": offered, "exports": exports},
    )  # fmt: skip


def _told(report: Report) -> str:
    """How many doors keep the goal, and the one that is furthest from it."""
    doors = report["doors"]
    kept = sum(1 for door in doors.values() if door["p95_ms"] <= GOAL_MS)
    door, worst = slowest(doors)
    return f"{kept} of {len(doors)} doors at {report['rate']:.0f}/s, slowest {door!r} with {worst:.1f} ms"


def _count(report: Report) -> int:
    return max(1, sum(int(door["count"]) for door in report["doors"].values()))


@contextlib.asynccontextmanager
async def _filled(rig: Rig) -> AsyncIterator[Place]:
    """The data in the stand's own database, or in the one that is kept where the options say."""
    wanted = rig.options.rows or rig.options.pick(FULL, QUICK)
    kept = rig.options.dataset
    if kept is None:
        await rig.renew(numbers=NUMBERS)
        yield await _place(rig, wanted)
        return
    node, own = PostgresNode(kept), rig.stand.postgres
    await _opened(node, kept)
    rig.stand.postgres = node
    try:
        await _kept_database(rig, node)
        yield await _place(rig, wanted)
    finally:
        await rig.stand.stop_services()
        await node.terminate()
        rig.stand.postgres = own


async def _kept_database(rig: Rig, node: PostgresNode) -> None:
    """The database as an earlier run left it, at today's schema; a half-filled one is made again."""
    rig.stand.use_database(DATABASE)
    if node.has(DATABASE) and await asyncio.to_thread(_is_filled, rig.stand.dsn):
        await asyncio.to_thread(migrations.migrate, rig.stand.dsn)
        return
    with psycopg.connect(node.dsn, autocommit=True) as server:
        server.execute(f'drop database if exists "{DATABASE}"')
    await rig.stand.fresh_database(DATABASE, numbers=NUMBERS, throughput=1000, customers=0)


def _is_filled(dsn: str) -> bool:
    with psycopg.connect(dsn) as database:
        row = database.execute("select to_regclass(%s) is not null", (MARK,)).fetchone()
    return bool(row and row[0])


async def _opened(node: PostgresNode, folder: Path) -> None:
    if not node.is_made:
        shutil.rmtree(folder, ignore_errors=True)
        await asyncio.to_thread(node.initialise)
    await node.start()


async def _place(rig: Rig, wanted: int) -> Place:
    """What there is to read, filled in where it is not there; with a key of this run's own."""
    with psycopg.connect(rig.stand.dsn, autocommit=True) as database:
        organization, numbers = _found(database)
        filled = "kept from an earlier run"
        if not _is_filled(rig.stand.dsn):
            rig.say(f"filling in {wanted:,} messages")
            seconds = await fill(Wanted(rig.stand.dsn, organization, numbers, wanted), rig.say)
            filled = f"filled in {seconds:.0f} s"
        key = new_key()
        database.execute(_KEY, (organization, key.prefix, key.prefix, key.hash))
        users = database.execute("select id from colomba.users order by id").fetchall()
        last = database.execute("select max(id) from colomba.message_log").fetchone()
    return Place(organization, last[0] if last else 0, numbers, tuple(row[0] for row in users), key.text, filled)


def _found(database: "psycopg.Connection[tuple[object, ...]]") -> tuple[int, tuple[str, ...]]:
    organization = database.execute("select id from colomba.organizations order by id limit 1").fetchone()
    numbers = database.execute("select id from colomba.phone_numbers order by id").fetchall()
    return int(str(organization[0])) if organization else 0, tuple(str(row[0]) for row in numbers)


async def _knock(rig: Rig, place: Place, orders: Report) -> Report:
    return await rig.load("reads", **({"port": rig.stand.ports["api"], "key": place.key, "clients": CLIENTS} | orders))


async def _export(rig: Rig, place: Place, api: Process, form: str) -> Report:
    """A million of the newest rows, or as many as asked for; and how much larger the process became meanwhile."""
    since = await asyncio.to_thread(_since, rig.stand.dsn, place.messages - (rig.options.rows or MILLION))
    url = f"http://127.0.0.1:{rig.stand.ports['api']}/api/v1/messages/export?format={form}&since={since}"
    usage.forget_peak(api.pid)
    before, began = usage.resident(api.pid), time.perf_counter()
    rows = await asyncio.to_thread(_lines, url, place.key)
    seconds = time.perf_counter() - began
    grown = (usage.peak_resident(api.pid) - before) / usage.MEBIBYTE
    rig.say(f"export as {form}: {rows:,} rows in {seconds:.1f} s")
    return {"rows": rows, "seconds": round(seconds, 1), "rate": round(rows / seconds), "grown_mib": round(grown, 1)}


def _since(dsn: str, message_id: int) -> str:
    with psycopg.connect(dsn) as database:
        row = database.execute(
            "select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            " from colomba.message_log where id > %s order by id limit 1",
            (message_id,),
        ).fetchone()
    return str(row[0]) if row else ""


def _lines(url: str, key: str) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310 - our own loopback URL
    with urllib.request.urlopen(request, timeout=600) as response:  # noqa: S310 - likewise
        return sum(chunk.count(b"\n") for chunk in iter(lambda: response.read(CHUNK), b""))
