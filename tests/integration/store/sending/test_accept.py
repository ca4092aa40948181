import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from sender_service.model import Queued
from sender_service.sending.accept import Accept, Accepted, Rejected
from sender_service.sending.handler import CommandHandler
from sender_service.store.database import Pool
from shared.contracts.events import DomainEvent
from shared.messaging.delivery import Delivery
from tests import builders
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until


class Told:
    """What was given to the relay and to the dispatcher."""

    def __init__(self):
        self.events: list[DomainEvent] = []
        self.rows: list[Queued] = []

    def relay(self, outbox_id, events):
        self.events += events

    def hand_over(self, rows):
        self.rows += rows
        return set()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def accept(pool: Pool, told: Told) -> Accept:
    return Accept(pool, told.relay, hand_over=told.hand_over)


async def test_a_command_becomes_a_logged_and_queued_message_and_an_event(pool, accept, told):
    organization_id = await grounds.organization(pool)
    [result] = await accept([command()])
    assert isinstance(result, Accepted)
    assert (result.status, result.repeated, result.organization_id) == ("queued", False, organization_id)
    [row] = await grounds.queue(pool)
    assert (row["message_id"], row["state"], row["ready"], row["recipient"]) == (
        result.message_id, "queued", True, "393331234567",
    )  # fmt: skip
    assert row["request"]["body"]["text"] == {"body": "Your table is ready."}
    log = await grounds.log(pool, result.message_id)
    assert (log["status"], log["direction"], log["text"]) == ("queued", "outbound", "Your table is ready.")
    assert log["conversation_id"] is not None
    [event] = told.events
    assert (event.name, event.data["message_id"]) == ("message.queued", result.message_id)
    assert event.data["contact_id"] == log["contact_id"]
    assert "393331234567" not in str(event.to_cloudevent())
    assert [queued.message_id for queued in told.rows] == [result.message_id]


async def test_the_same_command_again_is_the_same_message(pool, accept, told):
    await grounds.organization(pool)
    [first] = await accept([command("a")])
    again, twice = await accept([command("a"), command("a")])
    assert (again.message_id, again.repeated, twice.message_id) == (first.message_id, True, first.message_id)
    assert len(await grounds.queue(pool)) == 1
    assert len(told.events) == 1


async def test_a_reused_id_is_rejected_and_its_neighbours_are_not(pool, accept):
    await grounds.organization(pool)
    results = await accept([command("a"), command("a", text={"body": "Another."}), command("b")])
    assert [type(result) for result in results] == [Accepted, Rejected, Accepted]
    assert results[1] == Rejected("id_reused", "the same source and id came with another body before")
    assert len(await grounds.queue(pool)) == 2


async def test_a_number_nobody_registered_is_rejected(pool, accept):
    await grounds.organization(pool)
    [result] = await accept([command(phone_number_id="999")])
    assert result == Rejected("unknown_number", "999")


async def test_another_organizations_number_is_unknown_to_a_caller_of_one_organization(pool, accept):
    organization_id = await grounds.organization(pool)
    [result] = await accept([command()], organization_id=organization_id + 1)
    assert result == Rejected("unknown_number", builders.PHONE_NUMBER_ID)


async def test_a_lead_of_another_organization_is_rejected_and_its_key_stays_free(pool, accept):
    await grounds.organization(pool)
    stranger = await grounds.organization(pool, number="77", name="Pizzeria")
    lead = await pool.fetchval(
        "insert into colomba.leads (organization_id, name) values ($1, 'Eva') returning id", stranger
    )
    [result] = await accept([command("a", lead_id=lead)])
    assert result == Rejected("unknown_lead", str(lead))
    [result] = await accept([command("a")])
    assert isinstance(result, Accepted)


async def test_messages_are_numbered_in_the_order_of_acceptance(pool, accept):
    await grounds.organization(pool)
    ids = await grounds.accepted(accept, *(command(name) for name in ("z", "a", "m", "b")))
    assert ids == sorted(ids)


async def test_two_forms_of_a_phone_number_are_one_person(pool, accept):
    await grounds.organization(pool)
    await grounds.accepted(accept, command("a", to="+1 (555) 123-4567"), command("b", to="15551234567"))
    assert {row["recipient"] for row in await grounds.queue(pool)} == {"15551234567"}
    assert await pool.fetchval("select count(*) from colomba.contacts") == 1
    assert await pool.fetchval("select count(*) from colomba.conversations") == 1


async def test_what_meta_would_refuse_is_recorded_as_failed_and_its_neighbours_go(pool, accept, told):
    organization_id = await grounds.organization(pool)
    await pool.execute(
        "insert into colomba.contacts (organization_id, phone, blocked) values ($1, '393330000000', true)",
        organization_id,
    )
    blocked, free = await accept([command("a", to="+393330000000"), command("b")])
    assert (blocked.status, free.status) == ("failed", "queued")
    log = await grounds.log(pool, blocked.message_id)
    assert (log["status"], log["error_code"]) == ("failed", 130403)
    failed = next(event for event in told.events if event.name == "message.failed")
    assert failed.data["error"]["code"] == 130403
    assert len(await grounds.queue(pool)) == 1


async def test_too_few_digits_are_a_failed_message(pool, accept):
    await grounds.organization(pool)
    [result] = await accept([command(to="+12")])
    assert result.status == "failed"
    assert "7 to 15 digits" in (await grounds.log(pool, result.message_id))["error_message"]


async def test_send_at_makes_a_scheduled_row_and_expires_at_in_the_past_an_expired_message(pool, accept, told):
    await grounds.organization(pool)
    later = datetime.now(UTC) + timedelta(hours=1)
    scheduled, expired = await accept(
        [command("a", send_at=later.isoformat()), command("b", expires_at="2020-01-01T00:00:00Z")]
    )
    assert (scheduled.status, expired.status) == ("scheduled", "expired")
    [row] = await grounds.queue(pool)
    assert (row["state"], row["ready"], row["due_at"]) == ("scheduled", False, later)
    assert {event.name for event in told.events} == {"message.queued", "message.expired"}
    assert told.rows == []


async def test_marking_as_read_is_queued_without_order_and_told_to_nobody(pool, accept, told):
    await grounds.organization(pool)
    data = {"phone_number_id": builders.PHONE_NUMBER_ID, "status": "read", "message_id": "wamid.X"}
    from shared.contracts.send_message import from_data

    [result] = await accept([from_data(data, source="/tests", id="r")])
    assert result.status == "queued"
    [row] = await grounds.queue(pool)
    assert row["ordered"] is False
    assert told.events == []


async def test_the_handler_refuses_what_does_not_decode_and_accepts_the_rest(pool, accept):
    await grounds.organization(pool)
    good = orjson.dumps(builders.send_command())
    bodies = [b"nonsense", good, good]
    refused = await CommandHandler(accept)([Delivery(body, routing_key="send.bulk.1") for body in bodies])
    assert [(one.index, one.error.reason) for one in refused] == [(0, "contract")]
    [row] = await grounds.queue(pool)
    assert row["lane"] == "bulk"


async def test_a_user_without_a_phone_number_and_a_group_are_addressed_as_they_are(pool, accept):
    await grounds.organization(pool)
    await grounds.accepted(
        accept,
        command("u", to=None, recipient="IT.13491208655302741918"),
        command("g", to="group-1", recipient_type="group"),
    )
    user, group = await grounds.queue(pool)
    assert (user["recipient"], user["request"]["body"]["recipient"]) == ("IT.13491208655302741918",) * 2
    assert (group["recipient"], group["request"]["body"]["to"]) == ("group-1",) * 2
    log = await grounds.log(pool, group["message_id"])
    assert (log["group_id"], log["contact_id"]) == ("group-1", None)
    assert await pool.fetchval("select bsuid from colomba.contacts") == "IT.13491208655302741918"


async def test_a_text_that_is_too_long_fails_naming_field_limit_and_length(pool, accept):
    await grounds.organization(pool)
    [result] = await accept([command(text={"body": "x" * 4097})])
    assert result.status == "failed"
    message = (await grounds.log(pool, result.message_id))["error_message"]
    assert "body" in message
    assert "4096" in message
    assert "4097" in message


async def test_a_repeat_of_what_was_rejected_earlier_in_the_batch_is_rejected_too(pool, accept):
    await grounds.organization(pool)
    first, second = await accept([command("a", lead_id=99), command("a", lead_id=99)])
    assert (first.reason, second.reason) == ("unknown_lead", "rejected_before")


async def test_a_person_whom_another_command_makes_at_the_same_moment_is_one_person(pool, accept):
    await grounds.organization(pool)
    await grounds.another_number(pool, await pool.fetchval("select id from colomba.organizations"), "77")
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute(
            "insert into colomba.contacts (organization_id, phone) select id, '393331234567' from colomba.organizations"
        )
        waiting = asyncio.create_task(grounds.accepted(accept, command("a"), command("b", phone_number_id="77")))
        await until(lambda: pool.fetchval("select exists (select from pg_locks where not granted)"))
    ids = await waiting
    rows = [await grounds.log(pool, each) for each in ids]
    assert await pool.fetchval("select array_agg(id) from colomba.contacts") == [rows[0]["contact_id"]]
    assert rows[0]["contact_id"] == rows[1]["contact_id"]
    assert len({row["conversation_id"] for row in rows} - {None}) == 2


async def test_a_conversation_that_another_opens_at_the_same_moment_is_one_conversation(pool, accept):
    await grounds.organization(pool)
    async with pool.acquire() as conn, conn.transaction():
        contact_id = await conn.fetchval(
            "insert into colomba.contacts (organization_id, phone) select id, '393331234567' from colomba.organizations"
            " returning id"
        )
        await conn.execute(
            "insert into colomba.conversations (organization_id, phone_number_id, contact_id, subject)"
            " select id, $1, $2, 'opened first' from colomba.organizations",
            builders.PHONE_NUMBER_ID, contact_id,
        )  # fmt: skip
        waiting = asyncio.create_task(grounds.accepted(accept, command("a")))
        await until(lambda: pool.fetchval("select exists (select from pg_locks where not granted)"))
    [message_id] = await waiting
    [conversation] = await pool.fetch("select id, subject, last_message_id from colomba.conversations")
    assert tuple(conversation) == ((await grounds.log(pool, message_id))["conversation_id"], "opened first", message_id)


async def test_the_same_command_twice_at_the_same_moment_is_one_message(pool, accept, told):
    await grounds.organization(pool)
    async with pool.acquire() as conn:
        blocking = conn.transaction()
        await blocking.start()
        await conn.execute(
            "insert into colomba.contacts (organization_id, phone) select id, '393331234567' from colomba.organizations"
        )
        twice = [asyncio.create_task(accept([command("a")])) for _ in range(2)]
        await until(lambda: pool.fetchval("select count(*) = 2 from pg_locks where not granted"))
        await blocking.rollback()
    answers = [answer for [answer] in await asyncio.gather(*twice)]
    assert sorted(answer.repeated for answer in answers) == [False, True]
    assert {answer.message_id for answer in answers} == {row["message_id"] for row in await grounds.queue(pool)}
    assert [event.data["message_id"] for event in told.events] == [answers[0].message_id]


async def test_what_changed_in_a_template_counts_from_the_next_command_on(pool, accept):
    organization_id = await grounds.organization(pool)
    await pool.execute(
        "insert into colomba.templates (organization_id, business_account_id, name, language, status)"
        " values ($1, $2, 'hello', 'es', 'PENDING')",
        organization_id, grounds.ACCOUNT_ID,
    )  # fmt: skip
    hello = {"type": "template", "template": {"name": "hello", "language": {"code": "es"}}}
    [waits] = await accept([command("a", **hello)])
    await pool.execute("update colomba.templates set status = 'APPROVED'")
    [goes] = await accept([command("b", **hello)])
    await pool.execute("update colomba.templates set disabled_at = now()")
    [stays] = await accept([command("c", **hello)])
    assert [each.status for each in (waits, goes, stays)] == ["failed", "queued", "failed"]
