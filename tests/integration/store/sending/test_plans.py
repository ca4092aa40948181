"""The statements of the hot path stay probes of an index, however much is queued."""

import re

import psycopg
import pytest

from sender_service.sending.accept import Accept
from sender_service.store import send_queue
from sender_service.store.database import load, open_pool
from tests.builders import PHONE_NUMBER_ID
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command

ROWS = 20_000
LARGE = {"send_queue", "message_log", "contacts", "conversations", "command_keys"}
WITH_GENERIC_PLANS = 160_000


@pytest.fixture
async def full(pool):
    """A number with a long queue, and as many settled messages, contacts and conversations behind it."""
    organization_id = await grounds.organization(pool)
    await pool.execute(
        "insert into colomba.contacts (organization_id, phone)"
        " select $1, (393330000000 + n)::text from generate_series(1, $2::int) n",
        organization_id, ROWS,
    )  # fmt: skip
    await pool.execute(
        "insert into colomba.conversations (organization_id, phone_number_id, contact_id, subject)"
        " select organization_id, $1, id, 'x' from colomba.contacts",
        PHONE_NUMBER_ID,
    )
    await pool.execute(
        "insert into colomba.message_log (organization_id, direction, phone_number_id, type, status, content)"
        " select $1, 'outbound', $2, 'text', 'queued', '{}' from generate_series(1, $3::int)",
        organization_id, PHONE_NUMBER_ID, ROWS,
    )  # fmt: skip
    await pool.execute(
        "insert into colomba.command_keys (organization_id, source, key, body_hash, message_id)"
        " select organization_id, '/tests', id::text, '', id from colomba.message_log"
    )
    await pool.execute(
        "insert into colomba.send_queue"
        " (organization_id, message_id, phone_number_id, lane, recipient, state, ready, request)"
        " select organization_id, id, phone_number_id, 'bulk', id::text, 'queued', true, '{}' from colomba.message_log"
    )
    await pool.execute("analyze")
    return pool


async def plan(pool, noun: str, name: str, *arguments) -> str:
    rows = await pool.fetch(f"explain {load(noun)[name]}", *arguments)
    return "\n".join(row[0] for row in rows)


IDS = list(range(100, 200))
CASES = {
    "send_queue.read": ([PHONE_NUMBER_ID], ["bulk"], [5000], 200),
    "send_queue.intend": (IDS, [1] * 100, [1] * 100, "worker"),
    "send_queue.with_work": ([PHONE_NUMBER_ID], [0], [0]),
    "send_queue.due": ([PHONE_NUMBER_ID], 1000),
    "outcomes.settle": ([1] * 100, IDS, [1] * 100, ["sent"] * 100, [f"wamid.{n}" for n in IDS], [None] * 100,
                        [None] * 100, [None] * 100, [None] * 100, ["sent"] * 100, [{}] * 100, [{}] * 100),
    "outcomes.requeue": ([1] * 100, IDS, [1] * 100, ["queued"] * 100, [0.0] * 100, [None] * 100, [None] * 100),
    "outcomes.reclaim": ([1] * 100, IDS, [1] * 100, ["queued"] * 100, [0.0] * 100, [None] * 100, [None] * 100),
    "outcomes.doubt": (IDS, [1] * 100, ["x"] * 100, 900.0),
    "acceptance.look": ([1] * 100, ["/tests"] * 100, [str(n) for n in IDS], [PHONE_NUMBER_ID] * 100,
                        [f"{393330000000 + n}" for n in IDS], [None] * 100, [None] * 100, [None] * 100, ["102"] * 100,
                        [None] * 100, [None] * 100),
    "send_queue.hasten": (IDS,),
    "send_queue.refuse": (IDS, [0] * 100, [131047] * 100, ["closed"] * 100),
    "guard_facts.find": ([1] * 100, IDS, [None] * 100),
    "command_keys.find": ([1] * 100, ["/tests"] * 100, [str(n) for n in IDS]),
}  # fmt: skip


@pytest.mark.parametrize("query", CASES)
async def test_a_hot_statement_reads_no_large_table_from_end_to_end(query, full):
    noun, name = query.split(".")
    text = await plan(full, noun, name, *CASES[query])
    scanned = set(re.findall(r"Seq Scan on (\w+)", text))
    assert scanned.isdisjoint(LARGE), text


@pytest.mark.parametrize("query", CASES)
async def test_so_does_its_one_plan_for_all_values(query, full, postgres_dsn):
    noun, name = query.split(".")
    with psycopg.connect(postgres_dsn, autocommit=True) as conn:
        if conn.info.server_version < WITH_GENERIC_PLANS:
            pytest.skip("only PostgreSQL 16 and newer explain a plan without values")
        conn.execute("set search_path = colomba")
        rows = conn.execute(f"explain (generic_plan) {load(noun)[name]}").fetchall()
    text = "\n".join(row[0] for row in rows)
    assert set(re.findall(r"Seq Scan on (\w+)", text)).isdisjoint(LARGE), text


EMPTIED = ("send_queue", "unknown_sends")


@pytest.mark.parametrize("query", ["send_queue.intend", "outcomes.settle"])
async def test_a_queue_that_statistics_call_empty_is_probed_by_its_keys(query, full, postgres_dsn):
    """After a quiet minute the statistics say so, and the next burst is planned by them."""
    noun, name = query.split(".")
    for table in EMPTIED:
        await full.execute(f"delete from colomba.{table}")
        await full.execute(f"vacuum (analyze, truncate false) colomba.{table}")
    async with open_pool(postgres_dsn, is_repetitive=True) as worker:
        text = await plan(worker, noun, name, *CASES[query])
    probes = set(re.findall(r"\b((?:send_queue|unknown_sends)_\w+) [^\n]*\n\s+Index Cond: \(+(\w+)", text))
    keys = {(f"{table}_pkey", "message_id") for table in EMPTIED} | {("send_queue_line", "phone_number_id")}
    assert probes <= keys, text
    assert ("send_queue_pkey", "message_id") in probes, text
    assert set(re.findall(r"Scan (?:using|on) ((?:send_queue|unknown_sends)_\w+)", text)) == {
        index for index, _ in probes
    }


async def test_a_plan_made_while_nobody_was_there_locks_each_conversation_once(pool, postgres_dsn, monkeypatch):
    """An empty table that was analyzed is expected to stay empty; a plan lives five seconds, a burst is faster."""
    await grounds.organization(pool)
    await pool.execute("analyze")
    real, read = send_queue.enqueue, []

    async def enqueue(conn, *given):
        before = await _conversations_read(conn)
        enqueued = await real(conn, *given)
        read.append(await _conversations_read(conn) - before)
        return enqueued

    monkeypatch.setattr(send_queue, "enqueue", enqueue)
    batches = [[f"+39333{batch}{n:05d}" for n in range(99)] for batch in range(4)]
    async with open_pool(postgres_dsn, max_size=1, is_repetitive=True) as worker:
        accept = Accept(worker, lambda *_: None, hand_over=lambda _: ())
        for number, recipients in enumerate([*batches, *batches]):
            await grounds.accepted(accept, *(command(f"{number}-{to}", to=to) for to in recipients))
    assert 99 <= max(read) <= 10 * sum(map(len, batches))


async def _conversations_read(conn) -> int:
    await conn.fetchval("select pg_stat_force_next_flush()")
    count: int = await conn.fetchval(
        "select sum(idx_tup_fetch)::bigint from pg_stat_user_tables where relname = 'conversations'"
    )
    return count


async def test_a_worker_s_connections_plan_once_and_look_again_after_a_while(postgres_dsn):
    async with open_pool(postgres_dsn, is_repetitive=True) as pool:
        assert await pool.fetchval("show plan_cache_mode") == "force_generic_plan"
        assert await pool.fetchval("show enable_seqscan") == "off"
    async with open_pool(postgres_dsn) as pool:
        assert await pool.fetchval("show plan_cache_mode") == "auto"
