"""People opt out, get blocked and fall silent while their messages wait: the guards look again."""

from datetime import UTC, datetime, timedelta

import pytest

from sender_service.sending.accept import Accept
from sender_service.sending.second_look import SecondLook
from sender_service.store import send_queue, senders
from tests import builders
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until

ANA, EVA, BOB = "+393330000001", "+393330000002", "+393330000003"
PROMO = {"name": "promo", "language": {"code": "it"}}


@pytest.fixture
def accept(pool, bus):
    return Accept(pool, bus.relay)


async def template(pool, organization_id, category):
    await pool.execute(
        "insert into colomba.templates"
        " (organization_id, business_account_id, name, language, status, category, components)"
        " values ($1, $2, 'promo', 'it', 'APPROVED', $3, $4)",
        organization_id, grounds.ACCOUNT_ID, category, [{"type": "BODY", "text": "Ciao"}],
    )  # fmt: skip


async def change(pool, who, column, value):
    await pool.execute(f"update colomba.contacts set {column} = $1 where phone = $2", value, who[1:])


async def set_window(pool, left):
    await pool.execute("update colomba.conversations set window_expires_at = $1", datetime.now(UTC) + left)


async def failed(pool, message_id):
    log = await grounds.log(pool, message_id)
    return (log["error_code"], log["failed_at"] is not None) if log["status"] == "failed" else None


async def test_a_scheduled_promotion_to_somebody_who_opts_out_before_it_is_due_is_never_posted(
    *, pool, start, meta, bus
):
    organization_id = await grounds.organization(pool)
    await template(pool, organization_id, "MARKETING")
    worker = start()
    at = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    refused, goes = await grounds.accepted(
        worker.accept,
        command("a", type="template", template=PROMO, to=ANA, send_at=at),
        command("b", type="template", template=PROMO, to=EVA, send_at=at),
    )
    await change(pool, ANA, "marketing_opted_out_at", datetime.now(UTC))
    [event] = await until(lambda: bus.named("message.failed"))
    await until(lambda: bus.named("message.sent"))
    assert (event.data["message_id"], event.data["error"]["code"]) == (refused, 131050)
    assert await failed(pool, refused) == (131050, True)
    assert [request.attempt_id.split(".")[1] for request in meta.requests] == [str(goes)]
    assert await grounds.queue(pool) == []


async def test_a_utility_template_goes_to_somebody_who_opted_out_of_marketing(pool, start, meta):
    organization_id = await grounds.organization(pool)
    await template(pool, organization_id, "UTILITY")
    worker = start()
    at = (datetime.now(UTC) + timedelta(seconds=0.5)).isoformat()
    await grounds.accepted(worker.accept, command(type="template", template=PROMO, to=ANA, send_at=at))
    await change(pool, ANA, "marketing_opted_out_at", datetime.now(UTC))
    await until(lambda: meta.requests)


async def test_a_text_whose_window_closed_while_its_number_was_paused_is_never_posted(*, pool, start, meta, bus):
    organization_id = await grounds.organization(pool)
    await pool.execute("update colomba.phone_numbers set paused_at = now()")
    worker = start()
    await until(lambda: worker.dispatcher._numbers.get(builders.PHONE_NUMBER_ID))
    [first] = await grounds.accepted(worker.accept, command("a", to=ANA))
    await set_window(pool, timedelta(seconds=-1))
    [second] = await grounds.accepted(worker.accept, command("b", to=EVA))
    await senders.resume(pool, organization_id, builders.PHONE_NUMBER_ID)
    await until(lambda: meta.requests)
    await until(lambda: failed(pool, first))
    assert await failed(pool, first) == (131047, True)
    assert [event.data["message_id"] for event in bus.named("message.failed")] == [first]
    assert [request.attempt_id.split(".")[1] for request in meta.requests] == [str(second)]


async def test_somebody_blocked_while_the_number_is_at_its_cap_gets_nothing_when_the_cap_allows_more(
    *, pool, start, meta, bus
):
    organization_id = await grounds.organization(pool, cap_per_hour=1)
    worker = start()
    number = await until(lambda: worker.dispatcher._numbers.get(builders.PHONE_NUMBER_ID))
    first, refused, goes = await grounds.accepted(
        worker.accept, command("a", to=BOB), command("b", to=ANA), command("c", to=EVA)
    )
    await until(lambda: number._is_full and refused in number.line and goes in number.line)
    await change(pool, ANA, "blocked", value=True)
    await pool.execute("update colomba.phone_numbers set cap_per_hour = null")
    await until(lambda: failed(pool, refused))
    await until(lambda: len(meta.requests) == 2)
    assert await failed(pool, refused) == (130403, True)
    assert [int(request.attempt_id.split(".")[1]) for request in meta.requests] == [first, goes]
    assert (await senders.usage(pool, organization_id, builders.PHONE_NUMBER_ID))[0] == 2


async def test_somebody_blocked_meanwhile_gets_nothing_that_was_read_from_the_table(*, pool, accept, start, meta, bus):
    await grounds.organization(pool)
    refused, goes = await grounds.accepted(accept, command("a", to=ANA), command("b", to=EVA))
    await change(pool, ANA, "blocked", value=True)
    start()
    await until(lambda: meta.requests)
    await until(lambda: bus.named("message.failed"))
    assert await failed(pool, refused) == (130403, True)
    assert [request.attempt_id.split(".")[1] for request in meta.requests] == [str(goes)]


async def test_a_row_in_flight_or_settled_by_a_status_is_not_failed_nor_told(pool, accept, bus):
    await grounds.organization(pool)
    sending, settled = await grounds.accepted(accept, command("a", to=ANA), command("b", to=EVA))
    rows = await send_queue.read(pool, [(builders.PHONE_NUMBER_ID, "priority", 0)], limit=10)
    await pool.execute("update colomba.contacts set blocked = true")
    await pool.execute("update colomba.send_queue set state = 'sending' where message_id = $1", sending)
    await pool.execute("update colomba.message_log set status = 'delivered' where id = $1", settled)
    assert await SecondLook(pool, bus.relay)(rows) == []
    assert [row["message_id"] for row in await grounds.queue(pool)] == [sending]
    assert (await grounds.log(pool, settled))["status"] == "delivered"
    assert bus.named("message.failed") == []
