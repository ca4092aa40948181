"""A process that was frozen past its time wakes and tells what came of its calls: a late truth always counts."""

import pytest

from sender_service.sending.accept import Accept
from sender_service.store import outcomes
from sender_service.store.outcomes import Doubted, Requeued
from tests.integration.store.sending import grounds


@pytest.fixture
async def doubted(pool):
    """The id of a message whose first attempt was given up as unknown."""
    await grounds.organization(pool)
    [message_id] = await grounds.accepted(Accept(pool, lambda *_: None), grounds.command())
    await pool.execute("update colomba.send_queue set state = 'sending', attempt = 1, sending_since = now()")
    async with pool.acquire() as conn, conn.transaction():
        await outcomes.doubt(conn, [Doubted(message_id, 1, "no answer in time")], 900)
    assert (await grounds.log(pool, message_id))["status"] == "unknown"
    return message_id


async def late(pool, message_id, *, attempt=1, state="queued", seconds=0.0, code=None):
    log = await grounds.log(pool, message_id)
    async with pool.acquire() as conn, conn.transaction():
        await outcomes.reclaim(
            conn, [Requeued(log["organization_id"], message_id, attempt, state, seconds, code, None)]
        )


async def test_what_never_left_is_queued_again_outside_the_order(pool, doubted):
    await late(pool, doubted)
    [row] = await grounds.queue(pool)
    assert (row["state"], row["ready"], row["ordered"], row["attempt"]) == ("queued", True, False, 1)
    assert row["request"]["body"]["text"] == {"body": "Your table is ready."}
    assert (await grounds.log(pool, doubted))["status"] == "queued"
    assert await pool.fetchval("select count(*) from colomba.unknown_sends") == 0


async def test_what_meta_refused_for_now_waits_its_time(pool, doubted):
    await late(pool, doubted, state="retry_wait", seconds=60.0, code=130429)
    [row] = await grounds.queue(pool)
    assert (row["state"], row["ready"], row["last_code"]) == ("retry_wait", False, 130429)
    assert await pool.fetchval("select due_at > now() + interval '50 seconds' from colomba.send_queue")
    assert (await grounds.log(pool, doubted))["error_code"] == 130429


async def test_a_late_word_about_another_attempt_decides_nothing(pool, doubted):
    await late(pool, doubted, attempt=2)
    assert await grounds.queue(pool) == []
    assert (await grounds.log(pool, doubted))["status"] == "unknown"
    assert await pool.fetchval("select count(*) from colomba.unknown_sends") == 1


async def test_what_the_echo_settled_meanwhile_is_not_sent_again(pool, doubted):
    await pool.execute("update colomba.message_log set status = 'delivered' where id = $1", doubted)
    await late(pool, doubted)
    assert await grounds.queue(pool) == []
    assert (await grounds.log(pool, doubted))["status"] == "delivered"
