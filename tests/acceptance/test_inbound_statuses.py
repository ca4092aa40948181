"""Meta's reports about our messages: forward only, by attempt before Meta's id, and what belongs to nobody waits."""

from itertools import permutations
from typing import Any

import pytest

from sender_service.inbound.parked import match_again
from sender_service.store.database import Pool
from tests.webhook_builders import (
    AT,
    INSTALLATION,
    NUMBER,
    Inbound,
    outbound,
    payload,
    register,
    status,
    text_message,
    value,
)


@pytest.fixture
async def organization(pool: Pool) -> int:
    return await register(pool)


@pytest.fixture
async def inbound(pool: Pool, organization: int) -> Inbound:
    return Inbound(pool)


def reports(*statuses):
    return payload(value(statuses=statuses))


def echo(message_id, attempt=1):
    return {"biz_opaque_callback_data": f"{INSTALLATION}.{message_id}.{attempt}"}


async def queue(inbound, organization, message_id, *, state="sending", attempt=1):
    await inbound.rows(
        "insert into send_queue"
        " (organization_id, message_id, phone_number_id, lane, recipient, state, ready, attempt, request)"
        " values ($1, $2, $3, 'priority', '39', $4, true, $5, '{}')",
        organization, message_id, NUMBER, state, attempt,
    )  # fmt: skip


async def doubt(inbound, organization, message_id, attempt=1):
    await inbound.rows(
        "insert into unknown_sends"
        " (organization_id, message_id, attempt, phone_number_id, echo_until, on_unknown, request)"
        " values ($1, $2, $3, $4, now(), 'hold', '{}')",
        organization, message_id, attempt, NUMBER,
    )  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])))
async def test_a_message_only_goes_forward_whatever_the_order(inbound, organization, pool, order):
    message_id = await outbound(pool, organization, wamid="wamid.1")
    steps = {"sent": 1, "delivered": 2, "read": 3}
    for name in order:
        await inbound.take(reports(status("wamid.1", name, AT + steps[name])))

    row = await inbound.row("select * from message_log where id = $1", message_id)
    assert row["status"] == "read"
    assert [row[f"{name}_at"].timestamp() for name in steps] == [AT + 1, AT + 2, AT + 3]
    assert await inbound.value("select count(*) from message_status_events") == 3
    assert sorted(inbound.names()) == ["message.delivered", "message.read"]


async def test_a_repeated_status_is_told_once(inbound, organization, pool):
    await outbound(pool, organization, wamid="wamid.1")
    for _ in range(3):
        await inbound.take(reports(status("wamid.1", "delivered")), reports(status("wamid.1", "delivered")))

    assert inbound.names() == ["message.delivered"]
    assert await inbound.value("select count(*) from message_status_events") == 1
    assert await inbound.value("select count(*) from webhook_log where outcome = 'duplicate'") == 5


@pytest.mark.parametrize("order", list(permutations(["sent", "failed", "delivered"])))
async def test_failed_wins_within_its_attempt(inbound, organization, pool, order):
    await outbound(pool, organization, wamid="wamid.1")
    error: dict[str, Any] = {
        "errors": [{"code": 131049, "title": "Not delivered", "error_data": {"details": "Healthy ecosystem"}}]
    }
    for name in order:
        await inbound.take(reports(status("wamid.1", name, **(error if name == "failed" else {}))))

    row = await inbound.row("select * from message_log")
    assert (row["status"], row["error_code"], row["error_message"]) == ("failed", 131049, "Healthy ecosystem")
    assert "message.failed" in inbound.names()


async def test_the_failure_of_attempt_one_does_not_kill_a_message_whose_attempt_two_was_sent(
    inbound, organization, pool
):
    message_id = await outbound(pool, organization, attempt=2, wamid="wamid.2")
    await inbound.take(reports(status("wamid.1", "failed", **echo(message_id, 1))))

    row = await inbound.row("select status, attempt, external_id, error_code from message_log")
    assert tuple(row.values()) == ("sent", 2, "wamid.2", None)


@pytest.mark.parametrize("order", list(permutations([(1, "sent"), (1, "failed"), (2, "failed")])))
async def test_attempts_are_judged_one_by_one_whatever_the_order(inbound, organization, pool, order):
    message_id = await outbound(pool, organization, status="unknown", attempt=2)
    for attempt, name in order:
        at = AT + attempt
        await inbound.take(reports(status(f"wamid.{attempt}", name, at, **echo(message_id, attempt))))

    row = await inbound.row("select status, attempt from message_log")
    assert tuple(row.values()) == ("failed", 2)


async def test_a_status_with_our_attempt_id_settles_a_send_in_doubt(inbound, organization, pool):
    message_id = await outbound(pool, organization, status="unknown")
    await doubt(inbound, organization, message_id)
    await inbound.take(reports(status("wamid.9", "sent", **echo(message_id))))

    row = await inbound.row("select status, external_id from message_log")
    assert tuple(row.values()) == ("sent", "wamid.9")
    assert await inbound.value("select count(*) from unknown_sends") == 0
    assert await inbound.value("select message_id from wamids where wamid = 'wamid.9'") == message_id
    assert inbound.names() == ["message.sent"]
    assert inbound.woken == {NUMBER}


async def test_a_status_for_a_send_in_flight_is_its_outcome(inbound, organization, pool):
    message_id = await outbound(pool, organization, status="queued", attempt=0)
    await queue(inbound, organization, message_id)
    await inbound.take(reports(status("wamid.9", "delivered", **echo(message_id))))

    row = await inbound.row("select status, attempt, external_id from message_log")
    assert tuple(row.values()) == ("delivered", 1, "wamid.9")
    assert await inbound.value("select count(*) from send_queue") == 0
    assert inbound.names() == ["message.sent", "message.delivered"]


async def test_an_echo_of_an_earlier_attempt_leaves_the_one_in_flight_alone(inbound, organization, pool):
    message_id = await outbound(pool, organization, status="queued", attempt=1)
    await queue(inbound, organization, message_id, attempt=2)
    await inbound.take(reports(status("wamid.9", "sent", **echo(message_id, 1))))

    assert await inbound.value("select count(*) from send_queue") == 1
    assert await inbound.value("select status from message_log") == "sent"


async def test_a_repetition_that_waits_is_no_longer_needed_once_the_first_attempt_was_sent(inbound, organization, pool):
    message_id = await outbound(pool, organization, status="unknown", attempt=1)
    await queue(inbound, organization, message_id, state="queued", attempt=1)
    await inbound.take(reports(status("wamid.9", "sent", **echo(message_id, 1))))

    assert await inbound.value("select count(*) from send_queue") == 0


async def test_what_turns_out_to_be_sent_becomes_a_note_of_its_lead_once(inbound, organization, pool):
    lead = await inbound.row("insert into leads (organization_id, name) values ($1, 'Anna') returning id", organization)
    message_id = await outbound(pool, organization, status="unknown", lead_id=lead["id"], text="Your order is ready")
    await inbound.take(reports(status("wamid.9", "sent", **echo(message_id))))
    await inbound.take(reports(status("wamid.9", "delivered", **echo(message_id))))

    notes = await inbound.rows("select lead_id, text from lead_notes")
    assert notes == [{"lead_id": lead["id"], "text": "Your order is ready"}]


async def test_a_status_ahead_of_its_message_is_parked_and_matched_again(inbound, organization, pool):
    await inbound.take(reports(status("wamid.1", "delivered", biz_opaque_callback_data="another's")))
    assert await inbound.value("select count(*) from parked_statuses") == 1
    assert await inbound.value("select outcome from webhook_log") == "processed"

    assert await match_again(pool, inbound.handler.relay, INSTALLATION) == 0
    await outbound(pool, organization, wamid="wamid.1")
    await inbound.rows("update parked_statuses set due_at = now()")
    assert await match_again(pool, inbound.handler.relay, INSTALLATION) == 1

    assert await inbound.value("select status from message_log") == "delivered"
    assert await inbound.value("select count(*) from parked_statuses") == 0
    assert inbound.names() == ["message.delivered"]


async def test_an_attempt_id_of_a_message_that_does_not_exist_is_parked(inbound):
    await inbound.take(reports(status("wamid.1", "sent", **echo(777))))
    assert await inbound.value("select wamid from parked_statuses") == "wamid.1"


async def test_group_participants_are_reported_one_by_one(inbound, organization, pool):
    await outbound(pool, organization, wamid="wamid.1")
    group = [
        status("wamid.1", "delivered", recipient_type="group", recipient_participant_id=who) for who in ("391", "392")
    ]
    await inbound.take(reports(*group))

    rows = await inbound.rows("select participant from message_status_events order by 1")
    assert [row["participant"] for row in rows] == ["391", "392"]


async def test_a_status_nobody_has_heard_of_is_kept_and_changes_nothing(inbound, organization, pool):
    await outbound(pool, organization, wamid="wamid.1")
    await inbound.take(reports(status("wamid.1", "teleported")))

    assert await inbound.value("select status from message_log") == "sent"
    event = await inbound.row("select status, raw from message_status_events")
    assert (event["status"], event["raw"]["status"]) == ("teleported", "teleported")


async def test_pricing_and_category_are_stored(inbound, organization, pool):
    await outbound(pool, organization, wamid="wamid.1")
    pricing = {"billable": True, "pricing_model": "PMP", "category": "marketing", "type": "regular"}
    await inbound.take(reports(status("wamid.1", "sent", pricing=pricing), status("wamid.1", "played", AT + 9)))

    row = await inbound.row("select status, pricing, played_at from message_log")
    assert (row["status"], row["pricing"], row["played_at"].timestamp()) == ("played", pricing, AT + 9)


async def test_messages_and_statuses_stand_side_by_side(inbound, organization, pool):
    await outbound(pool, organization, wamid="wamid.1")
    await inbound.take(payload(value([text_message()], [status("wamid.1", "read")]), field="statuses"))

    rows = await inbound.rows("select direction, status from message_log order by direction")
    assert [tuple(row.values()) for row in rows] == [("inbound", "received"), ("outbound", "read")]
