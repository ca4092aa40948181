"""Feeding on a real database, through the real door."""

import asyncio
from typing import Any

import pytest

from sender_service.sending import campaigns as story
from sender_service.sending.accept import Accept
from sender_service.store import campaigns
from sender_service.store.campaigns import NewCampaign, NewRecipient
from sender_service.store.database import acquired, transaction
from tests.builders import PHONE_NUMBER_ID
from tests.integration.store.sending.grounds import ACCOUNT_ID, organization

COMPONENTS = [{"type": "BODY", "text": "Hola {{1}}"}]


@pytest.fixture
async def owner(pool) -> int:
    organization_id = await organization(pool)
    await pool.execute(
        """insert into colomba.templates (organization_id, business_account_id, name, language, status, components)
           values ($1, $2, 'hola', 'es_MX', 'APPROVED', $3)""",
        organization_id, ACCOUNT_ID, COMPONENTS,
    )  # fmt: skip
    return organization_id


@pytest.fixture
def accept(pool) -> Accept:
    return Accept(pool, lambda _id, _events: None)


async def campaign(pool, owner: int, count: int = 5, *, status: str = "running", **changes) -> int:
    facts: dict[str, Any] = {
        "name": "spring", "phone_number_id": PHONE_NUMBER_ID, "template_id": 1, "variables": {"1": "amigo"},
        "starts_at": None, "share": 1.0, "failure_limit": 0.2, "created_by": "test",
    } | changes  # fmt: skip
    async with transaction(pool) as conn:
        campaign_id = await campaigns.create(conn, owner, NewCampaign(**facts))
        people = [NewRecipient(f"39333{number:07d}", None, {"1": f"n{number}"}) for number in range(count)]
        added = await campaigns.add_recipients(conn, owner, campaign_id, people, after=0)
        await campaigns.set_total(conn, owner, campaign_id, total=added, status=status)
    return campaign_id


async def state(pool, owner: int, campaign_id: int) -> dict[str, Any]:
    async with acquired(pool) as conn:
        return dict(await campaigns.get(conn, owner, campaign_id) or {})


async def until_fed(pool, accept, rounds: int = 20) -> int:
    return sum([await story.feed(pool, accept) for _ in range(rounds)])


async def settle(pool, status: str = "sent") -> None:
    await pool.execute("update colomba.message_log set status = $1", status)
    await pool.execute("delete from colomba.send_queue")


async def test_every_recipient_is_accepted_once_in_order_with_its_own_variables(pool, owner, accept):
    campaign_id = await campaign(pool, owner)
    assert await until_fed(pool, accept) == 5
    rows = await pool.fetch("select recipient, lane, content, campaign_id from colomba.message_log order by id")
    said = [row["content"]["components"][0]["parameters"][0]["text"] for row in rows]
    assert said == [f"n{number}" for number in range(5)]
    assert {(row["lane"], row["campaign_id"]) for row in rows} == {("bulk", campaign_id)}
    assert (await state(pool, owner, campaign_id))["fed"] == 5


async def test_a_batch_fed_again_after_a_crash_makes_no_second_message(pool, owner, accept):
    campaign_id = await campaign(pool, owner)
    await story.feed(pool, accept)
    await pool.execute("update colomba.campaigns set fed = 0, fed_until = null")
    await story.feed(pool, accept)
    assert await pool.fetchval("select count(*) from colomba.message_log") == 5
    told = await pool.fetch("select status, message_id from colomba.campaign_recipients")
    assert {row["status"] for row in told} == {"accepted"}
    assert len({row["message_id"] for row in told}) == 5
    assert (await state(pool, owner, campaign_id))["fed"] == 5


async def test_two_feeders_at_once_make_no_second_message(pool, owner, accept):
    await campaign(pool, owner, 150)
    await asyncio.gather(*(story.feed(pool, Accept(pool, lambda _id, _events: None)) for _ in range(3)))
    await until_fed(pool, accept, 3)
    assert await pool.fetchval("select count(*) from colomba.message_log") == 150
    assert await pool.fetchval("select count(distinct recipient) from colomba.message_log") == 150


async def test_a_recipient_that_breaks_the_contract_is_refused_and_disturbs_nobody(pool, owner, accept):
    campaign_id = await campaign(pool, owner)
    await pool.execute("update colomba.campaign_recipients set recipient = $1 where ordinal = 2", "x" * 300)
    assert await until_fed(pool, accept) == 5
    assert await pool.fetchval("select count(*) from colomba.message_log") == 4
    async with acquired(pool) as conn:
        [refused] = await campaigns.refused(conn, owner, campaign_id, 10)
    assert refused["ordinal"] == 2
    assert "data.recipient" in refused["error"]


async def test_what_waits_in_the_queue_is_bounded(pool, owner, accept):
    await pool.execute("update colomba.phone_numbers set throughput = 2")
    await campaign(pool, owner, 150)
    assert await until_fed(pool, accept, 5) == 60, "thirty seconds of the number's rate"
    await pool.execute(
        "delete from colomba.send_queue where message_id in (select min(message_id) from colomba.send_queue)"
    )
    assert await story.feed(pool, accept) == 1


async def test_a_share_of_the_rate_is_fed_and_no_more(pool, owner, accept):
    await campaign(pool, owner, 150, share=0.25)
    assert await story.feed(pool, accept) == 40, "two seconds of a quarter of 80"
    assert await story.feed(pool, accept) == 0
    await pool.execute("update colomba.campaigns set fed_until = now() - interval '1 second'")
    assert await story.feed(pool, accept) == 20


async def test_a_campaign_begins_at_its_time(pool, owner, accept):
    campaign_id = await campaign(pool, owner, status="scheduled")
    await pool.execute("update colomba.campaigns set starts_at = now() + interval '1 hour'")
    assert await story.feed(pool, accept) == 0
    await pool.execute("update colomba.campaigns set starts_at = now()")
    assert await story.feed(pool, accept) == 5
    assert (await state(pool, owner, campaign_id))["status"] == "running"


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ("update colomba.phone_numbers set paused_at = now()", "number"),
        ("update colomba.phone_numbers set credential_paused_at = now()", "number"),
        ("update colomba.business_accounts set paused_at = now()", "number"),
        ("update colomba.templates set paused_at = now()", "template"),
        ("update colomba.templates set disabled_at = now()", "template"),
        ("update colomba.templates set status = 'PAUSED'", "template"),
    ],
)
async def test_a_campaign_stops_by_itself_and_says_why(pool, owner, stop, reason):
    campaign_id = await campaign(pool, owner)
    await pool.execute(stop)
    assert await story.feed(pool, Accept(pool, lambda _id, _events: None)) == 0
    facts = await state(pool, owner, campaign_id)
    assert (facts["status"], facts["pause_reason"]) == ("paused", reason)
    assert await pool.fetchval("select actor from colomba.audit_log where action = 'campaign.paused'") == "scheduler"


async def test_too_many_failures_stop_it_and_a_resumed_one_is_judged_anew(pool, owner, accept):
    await pool.execute("update colomba.phone_numbers set throughput = 1")
    campaign_id = await campaign(pool, owner, 60)
    await until_fed(pool, accept, 3)
    await settle(pool, "failed")
    assert await story.feed(pool, accept) == 0
    assert (await state(pool, owner, campaign_id))["pause_reason"] == "failures"
    async with acquired(pool) as conn:
        assert await campaigns.move(conn, owner, campaign_id, expected=["paused"], to="running")
    assert await story.feed(pool, accept) == 30
    assert (await state(pool, owner, campaign_id))["status"] == "running"


async def test_it_is_finished_when_the_last_message_has_an_outcome(pool, owner, accept):
    campaign_id = await campaign(pool, owner)
    await until_fed(pool, accept, 3)
    assert (await state(pool, owner, campaign_id))["status"] == "running"
    await settle(pool)
    await story.feed(pool, accept)
    facts = await state(pool, owner, campaign_id)
    assert facts["status"] == "finished"
    assert facts["finished_at"] is not None


async def test_what_was_accepted_while_it_was_being_cancelled_is_swept_out(pool, owner, accept):
    campaign_id = await campaign(pool, owner)
    await story.feed(pool, accept)
    async with acquired(pool) as conn:
        assert await campaigns.move(conn, owner, campaign_id, expected=["running"], to="cancelled")
    await story.feed(pool, accept)
    async with acquired(pool) as conn:
        assert await campaigns.progress(conn, owner, campaign_id) == {"cancelled": 5}
    assert await pool.fetchval("select count(*) from colomba.send_queue") == 0


async def test_what_is_being_sent_is_not_cancelled(pool, owner, accept):
    campaign_id = await campaign(pool, owner)
    await story.feed(pool, accept)
    await pool.execute("update colomba.send_queue set state = 'sending' where message_id in"
                       " (select min(message_id) from colomba.send_queue)")  # fmt: skip
    assert await story.cancel_waiting(pool, owner, campaign_id) == 4
