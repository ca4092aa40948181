"""A single message on an idle number is accepted straight into `sending`, and is sent once whatever becomes of that."""

from datetime import timedelta

import pytest

from sender_service.sending import accept as accepting
from sender_service.sending.accept import Accept
from sender_service.store.database import retrying
from shared.clock import now
from shared.messaging.errors import NeighbourAway
from tests import builders
from tests.acceptance.sending.conftest import Worker
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until

FAR = (now() + timedelta(hours=1)).isoformat()
HINDRANCES = {
    "number paused": "update colomba.phone_numbers set paused_at = now()",
    "credential paused": "update colomba.phone_numbers set credential_paused_at = now()",
    "number held": "update colomba.phone_numbers set held_until = now() + interval '1 minute'",
    "account paused": "update colomba.business_accounts set paused_at = now()",
    "another's lease": "update colomba.number_leases set owner = 'another', epoch = epoch + 1",
    "an earlier message waits": "update colomba.send_queue set state = 'retry_wait', ready = false,"
    " due_at = now() + interval '1 minute'",
}
WRITTEN_TOGETHER = """
select queue.xmin = log.xmin from colomba.send_queue queue join colomba.message_log log on log.id = $1
"""


@pytest.fixture
async def idle(pool, start) -> Worker:
    """A worker that owns the number and knows that nothing waits."""
    await grounds.organization(pool)
    worker: Worker = start()
    await until(lambda: builders.PHONE_NUMBER_ID in worker.dispatcher._numbers)
    await until(lambda: worker.dispatcher._numbers[builders.PHONE_NUMBER_ID].is_idle)
    return worker


async def test_a_single_message_is_intended_in_the_transaction_that_accepts_it(pool, idle, meta, bus):
    meta.delay = 0.5
    [message_id] = await grounds.accepted(idle.accept, command())
    [row] = await grounds.queue(pool)
    assert (row["state"], row["attempt"]) == ("sending", 1)
    assert await pool.fetchval(WRITTEN_TOGETHER, message_id)
    await until(lambda: bus.named("message.sent"))
    assert len(meta.requests) == 1


@pytest.mark.parametrize("hindrance", HINDRANCES.values(), ids=HINDRANCES.keys())
async def test_what_stands_against_it_in_the_table_leaves_it_queued(pool, idle, meta, hindrance):
    await grounds.accepted(Accept(pool, lambda *_: None, hand_over=lambda _: ()), command("earlier", send_at=FAR))
    await pool.execute(hindrance)
    later = await grounds.accepted(idle.accept, command("later"))
    [row] = [row for row in await grounds.queue(pool) if row["message_id"] in later]
    assert (row["state"], row["attempt"], row["epoch"]) == ("queued", 0, None)
    assert meta.requests == []


async def test_an_intent_with_its_acceptance_counts_for_the_hour(pool, idle, meta):
    await grounds.accepted(idle.accept, command())
    await until(lambda: meta.requests)
    assert await pool.fetchval("select sum(intents) from colomba.number_usage") == 1


async def test_while_one_is_under_way_the_next_is_queued(pool, idle, meta):
    meta.delay = 0.5
    await grounds.accepted(idle.accept, command("a"))
    later = await grounds.accepted(idle.accept, command("b"))
    assert [row["state"] for row in await grounds.queue(pool) if row["message_id"] in later] == ["queued"]
    await until(lambda: len(meta.requests) == 2)


async def test_a_paused_template_is_queued_and_waits(pool, idle, meta):
    template_id = await pool.fetchval(
        "insert into colomba.templates (organization_id, business_account_id, name, language, status, paused_at)"
        " select id, $1, 'hi', 'it', 'APPROVED', now() from colomba.organizations returning id",
        grounds.ACCOUNT_ID,
    )
    template = {"name": "hi", "language": {"code": "it"}}
    await grounds.accepted(idle.accept, command("a", type="template", template=template))
    [row] = await grounds.queue(pool)
    assert (row["state"], row["template_id"]) == ("queued", template_id)
    await grounds.accepted(idle.accept, command("b", to="+393330000001"))
    await until(lambda: len(meta.requests) == 1)
    assert meta.requests[0].body["to"] == "+393330000001"


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "rolled back"])
async def test_when_the_end_of_the_transaction_is_uncertain_the_message_is_sent_once(
    pool, idle, meta, bus, *, monkeypatch, committed
):
    async def cut_off(pool, work, *, within):
        async def then_lost(conn):
            await work(conn)
            raise NeighbourAway("postgres")

        if committed:
            await retrying(pool, work, within=within)
        else:
            await retrying(pool, then_lost)
        raise NeighbourAway("postgres")

    monkeypatch.setattr(accepting, "retrying", cut_off)
    with pytest.raises(NeighbourAway):
        await idle.accept([command()])
    monkeypatch.undo()
    [again] = await idle.accept([command()])
    assert again.repeated is committed
    await until(lambda: bus.named("message.sent"))
    await until(lambda: idle.dispatcher._numbers[builders.PHONE_NUMBER_ID].is_empty)
    assert [request.attempt_id.split(".")[1:] for request in meta.requests] == [[str(again.message_id), "1"]]
