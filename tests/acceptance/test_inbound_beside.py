"""What happens beside the rows: read receipts, traces, measurements, and the neighbours' moods."""

import pytest
from prometheus_client import REGISTRY

from sender_service.inbound.handler import InboundHandler
from sender_service.inbound.owners import Owners
from sender_service.store import outbox
from sender_service.store.database import acquired
from shared.messaging.errors import NeighbourAway
from tests.webhook_builders import (
    AT,
    INSTALLATION,
    NUMBER,
    Inbound,
    delivery,
    outbound,
    payload,
    raw,
    register,
    status,
    text_message,
    value,
)

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def organization(pool):
    return await register(pool)


@pytest.fixture
async def inbound(pool, organization):
    return Inbound(pool)


async def test_new_messages_of_customers_are_marked_as_read_in_the_same_transaction(pool, organization):
    asked = []

    async def mark_read(conn, messages):
        assert conn.is_in_transaction()
        asked.extend(messages)

    handler = InboundHandler(pool, lambda *_: None, INSTALLATION, lambda _: None, mark_read)
    system = {"id": "wamid.s", "from": "393330", "timestamp": str(AT), "type": "system",
              "system": {"type": "user_changed_number", "wa_id": "393331"}}  # fmt: skip
    bodies = [payload(value([text_message(id="wamid.1")])), payload(value([system], contacts=[]))]
    for _ in range(2):
        await handler([delivery(body) for body in bodies])

    assert asked == [(organization, NUMBER, "wamid.1")]


async def test_events_continue_the_trace_of_their_own_webhook(inbound):
    webhooks = [raw(payload(value([text_message(body, **{"from": f"39333{body}"})], contacts=[])), traceparent=trace)
                for body, trace in (("1", TRACE), ("2", None))]  # fmt: skip
    await inbound.handler([delivery_of(webhook) for webhook in webhooks])

    traces = {event.traceparent for event in inbound.told}
    assert traces == {TRACE, None}
    assert {event.traceparent for event in inbound.told if event.name == "message.received"} == traces
    async with acquired(inbound.pool) as conn:
        kept = await outbox.take_old(conn, 0, 10)
    assert [event.id for event in kept[0].events] == [event.id for event in inbound.told]


def delivery_of(webhook):
    from shared.messaging.delivery import Delivery

    return Delivery(webhook.body, message_id=webhook.message_id, headers=webhook.headers())


async def test_no_event_carries_personal_data(inbound, pool, organization):
    await outbound(pool, organization, wamid="wamid.1")
    failed = status("wamid.1", "failed", errors=[{"code": 131026, "title": "Undeliverable"}])
    await inbound.take(payload(value([text_message("my secret")], [failed])))

    told = repr(inbound.told)
    assert len(inbound.told) == 4
    for personal in ("393331234567", "my secret", "Anna"):
        assert personal not in told


async def test_what_was_recorded_is_measured(inbound):
    def measured():
        return REGISTRY.get_sample_value("colomba_webhook_items_total", {"kind": "messages"}) or 0

    before = measured()
    await inbound.take(payload(value([text_message(), text_message()])))
    assert measured() == before + 2


async def test_a_database_that_is_away_is_named(pool):
    await pool.close()
    with pytest.raises(NeighbourAway, match="postgres"):
        await Inbound(pool).take(payload(value([text_message()])))


async def test_a_number_is_remembered_for_a_while_and_an_unknown_one_is_asked_for_every_time(pool, organization):
    now = 0.0
    owners = Owners(clock=lambda: now)
    async with acquired(pool) as conn:
        assert (await owners.of(conn, [NUMBER, "later"])).keys() == {NUMBER}
        await conn.execute("update organizations set language = 'it'")
        assert (await owners.of(conn, [NUMBER]))[NUMBER].language == "en"
        now = 10.0
        assert (await owners.of(conn, [NUMBER]))[NUMBER].language == "it"
    await register(pool, number="later", account="B")
    async with acquired(pool) as conn:
        assert (await owners.of(conn, [NUMBER, "later"])).keys() == {NUMBER, "later"}


async def test_a_closed_conversation_is_reopened_by_its_customer(inbound):
    await inbound.take(payload(value([text_message("one")])))
    for assigned, status_ in ((None, "pending"), (7, "active")):
        await inbound.rows("update conversations set status = 'closed', assigned_to_id = $1", assigned)
        await inbound.take(payload(value([text_message("again")])))
        row = await inbound.row("select status, assigned_to_id from conversations")
        assert tuple(row.values()) == (status_, assigned)


async def test_the_latest_message_is_the_last_one_by_metas_time(inbound):
    await inbound.take(payload(value([text_message("late", timestamp=str(AT + 9))])))
    await inbound.take(payload(value([text_message("early", timestamp=str(AT))])))

    row = await inbound.row("select * from conversations")
    assert (row["last_message_text"], row["unread_count"]) == ("late", 2)
    assert row["window_expires_at"].timestamp() == AT + 9 + 24 * 3600


async def test_a_disabled_account_pauses_its_numbers_until_it_is_reinstated(inbound):
    def ban(state, at):
        change = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state}}
        return payload(change, field="account_update", time=at)

    await inbound.take(ban("DISABLE", AT))
    assert await inbound.value("select paused_at is not null from business_accounts")
    await inbound.take(ban("REINSTATE", AT + 1))
    assert not await inbound.value("select paused_at is not null from business_accounts")
    assert inbound.names() == ["account.alert", "number.paused", "account.alert", "number.resumed"]


async def test_a_pause_of_our_own_is_not_lifted_by_meta(inbound):
    await inbound.rows("update business_accounts set paused_at = now(), pause_reason = 'payment problem'")
    change = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}
    await inbound.take(payload(change, field="account_update", time=AT))

    assert await inbound.value("select pause_reason from business_accounts") == "payment problem"


async def test_our_own_disabling_of_a_template_outlives_metas_approval(inbound, organization):
    await inbound.rows(
        "insert into templates (organization_id, business_account_id, name, language, status, disabled_at)"
        " values ($1, '102290129340398', 'order_update', 'en_US', 'PENDING', now())",
        organization,
    )
    change = {"event": "APPROVED", "message_template_name": "order_update", "message_template_language": "en_US"}
    await inbound.take(payload(change, field="message_template_status_update", time=AT))

    row = await inbound.row("select status, disabled_at is not null as disabled from templates")
    assert tuple(row.values()) == ("APPROVED", True)
