"""A customer writes: the message is logged once, with contact, conversation, lead, note and event."""

import pytest

from sender_service.store.database import Pool
from tests.webhook_builders import AT, CUSTOMER, NUMBER, Inbound, payload, register, text_message, value


@pytest.fixture
async def inbound(pool: Pool) -> Inbound:
    await register(pool)
    return Inbound(pool)


async def test_a_stranger_becomes_contact_conversation_and_lead_with_a_note(inbound):
    await inbound.take(payload(value([text_message("Is it open today?")])))

    message = await inbound.row("select * from message_log")
    assert (message["direction"], message["type"], message["status"], message["text"]) == (
        "inbound", "text", "received", "Is it open today?",
    )  # fmt: skip
    assert message["created_at"].timestamp() == AT
    contact = await inbound.row("select * from contacts")
    assert (contact["wa_id"], contact["phone"], contact["profile_name"]) == (CUSTOMER, CUSTOMER, "Anna Bianchi")
    conversation = await inbound.row("select * from conversations")
    assert (conversation["status"], conversation["subject"], conversation["unread_count"]) == (
        "pending", "WhatsApp: Anna Bianchi", 1,
    )  # fmt: skip
    assert conversation["phone_number_id"] == NUMBER
    assert conversation["last_message_id"] == message["id"]
    assert conversation["window_expires_at"].timestamp() == AT + 24 * 3600
    lead = await inbound.row("select l.*, s.name as stage from leads l join stages s on s.id = l.stage_id")
    assert (lead["name"], lead["status"], lead["source"], lead["stage"]) == (
        f"WhatsApp +{CUSTOMER}", "ACTIVE", "whatsapp", "New",
    )  # fmt: skip
    link = await inbound.row("select * from lead_links")
    assert (link["lead_id"], link["contact_id"], link["reason"]) == (lead["id"], contact["id"], "created")
    note = await inbound.row("select * from lead_notes")
    assert (note["lead_id"], note["text"], note["is_private"]) == (lead["id"], "Is it open today?", False)
    assert (message["contact_id"], message["conversation_id"], message["lead_id"]) == (
        contact["id"], conversation["id"], lead["id"],
    )  # fmt: skip
    assert inbound.names() == ["lead.created", "lead.linked", "message.received"]
    webhook = await inbound.row("select outcome, items, organization_id from webhook_log")
    assert (webhook["outcome"], webhook["items"]) == ("processed", 1)


async def test_the_same_webhook_again_changes_nothing_and_is_logged_as_duplicate(inbound):
    body = payload(value([text_message("Hello")]))
    await inbound.take(body)
    await inbound.take(body, body)

    for table in ("message_log", "contacts", "conversations", "leads", "lead_notes", "lead_links"):
        assert await inbound.value(f"select count(*) from {table}") == 1, table
    assert await inbound.value("select unread_count from conversations") == 1
    assert inbound.names().count("message.received") == 1
    outcomes = await inbound.rows("select outcome, count(*) from webhook_log group by 1 order by 1")
    assert [tuple(row.values()) for row in outcomes] == [("duplicate", 2), ("processed", 1)]


async def test_a_second_message_continues_the_conversation_and_the_lead(inbound):
    await inbound.take(payload(value([text_message("one")])))
    await inbound.take(payload(value([text_message("two", timestamp=str(AT + 60))])))

    assert await inbound.value("select count(*) from leads") == 1
    assert [row["text"] for row in await inbound.rows("select text from lead_notes order by id")] == ["one", "two"]
    conversation = await inbound.row("select * from conversations")
    assert (conversation["unread_count"], conversation["last_message_text"]) == (2, "two")


async def test_a_lead_with_the_same_phone_is_found_and_the_oldest_wins(inbound):
    await inbound.rows(
        "insert into leads (organization_id, name, phone)"
        " select id, unnest(array['Anna', 'Anna again']), $1 from organizations",
        CUSTOMER,
    )
    await inbound.take(payload(value([text_message()])))

    link = await inbound.row("select l.name, k.reason from lead_links k join leads l on l.id = k.lead_id")
    assert (link["name"], link["reason"]) == ("Anna", "phone")
    assert inbound.names() == ["lead.linked", "message.received"]


async def test_several_entries_changes_and_items_are_all_taken(inbound, pool):
    await register(pool, number="222", account="A2")
    body = payload(value([text_message("a"), text_message("b")]), value([text_message("c")], number="222"))
    body["entry"] += payload(value([text_message("d")]))["entry"]
    del body["entry"][1]["id"]
    await inbound.take(body)

    texts = await inbound.rows("select text from message_log order by text")
    assert [row["text"] for row in texts] == ["a", "b", "c", "d"]
    assert await inbound.value("select count(*) from conversations") == 2


async def test_a_number_nobody_registered_is_kept_and_disturbs_nobody(inbound):
    await inbound.take(payload(value([text_message("lost")], number="999")), payload(value([text_message("found")])))

    assert await inbound.value("select text from message_log") == "found"
    kept = await inbound.row("select * from webhook_log where outcome = 'unclaimed_number'")
    assert (kept["phone_number_id"], kept["organization_id"]) == ("999", None)
    assert b"lost" in kept["body"]
