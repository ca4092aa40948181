"""Meta repeats and reorders: whatever order and repetition, the same webhooks leave the same shop."""

import asyncio
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from sender_service.store.database import open_pool
from tests.databases import Databases, with_database
from tests.webhook_builders import (
    AT,
    INSTALLATION,
    Inbound,
    outbound,
    payload,
    register,
    status,
    text_message,
    value,
)

EMPTIED = (
    "media_files,"
    "message_log, conversations, contacts, contact_aliases, leads, lead_links, lead_notes, templates, message_attempts,"
    " message_status_events, parked_statuses, account_events, phone_numbers, business_accounts, wamids, webhook_log,"
    " pipelines, stages, organizations"
)
CASES = int(os.environ.get("PROPERTY_CASES", "400")) // 40
PEOPLE = [("393330000001", "IT.one"), ("393330000002", "IT.two"), ("5511987654321", "BR.three")]
MOVE_AT = AT + 100
MOVERS = [("393330000011", "393330000012", "IT.mover"), ("393330000021", "393330000022", "IT.other")]
SHOP = {
    "contacts": "select c.phone, c.wa_id, c.bsuid, c.profile_name, c.username, c.app_name, c.app_name_at,"
    " extract(epoch from c.marketing_opted_out_at),"
    " (select array_agg(m.external_id order by m.external_id) from message_log m where m.contact_id = c.id) as wrote,"
    " (select count(*) from lead_links l where l.contact_id = c.id and l.reason <> 'merged') as leads"
    " from contacts c where c.merged_into is null order by 1, 3",
    "conversations": "select c.phone, v.subject, v.unread_count, v.last_message_text, v.last_customer_wamid,"
    " v.last_message_at, v.last_customer_message_at, v.window_expires_at, v.referral_expires_at, v.status"
    " from conversations v join contacts c on c.id = v.contact_id order by c.phone, c.bsuid",
    "notes": "select text from lead_notes order by 1",
    "sent": "select status, attempt, external_id, error_code, error_message, sent_at, delivered_at, read_at, played_at,"
    " failed_at, pricing from message_log where direction = 'outbound' and source is null order by id",
    "log": "select external_id, direction, type, status, text, source, is_read, created_at, sent_at,"
    " (select count(*) from media_files f where f.message_id = m.id) as files from message_log m"
    " where external_id like 'wamid.chat%' order by external_id",
    "history": "select message_id, attempt, status, participant, at from message_status_events order by 1, 2, 3, 4, 5",
    "parked": "select wamid, status, at from parked_statuses order by 1, 2, 3",
    "templates": "select status, rejected_reason, quality, paused_at is null from templates",
    "numbers": "select messaging_limit, quality, throughput from phone_numbers",
    "account": "select field, event, subject, occurred_at from account_events order by 1, 2, 3, 4",
}  # fmt: skip


@pytest.fixture(scope="module")
def dsn(databases: Databases) -> Iterator[str]:
    name = databases.take()
    yield with_database(databases.server_dsn, name)
    databases.give_back(name)


@pytest.mark.parametrize("seed", range(CASES))
def test_order_and_repetition_do_not_matter(dsn, seed):
    chance = random.Random(seed)
    webhooks = [_webhook(chance, number) for number in range(chance.randint(4, 14))]
    shops = []
    for _ in range(2):
        taken = webhooks + chance.choices(webhooks, k=len(webhooks) // 2)
        chance.shuffle(taken)
        shops.append(asyncio.run(_shop(dsn, taken, chance)))
    for part, rows in shops[0].items():
        assert shops[1][part] == rows, part


@pytest.mark.parametrize("seed", range(CASES))
def test_who_is_who_does_not_depend_on_the_order_either(dsn, seed):
    """Persons seen by phone, by user id or by both, some of whom change their number."""
    chance = random.Random(seed)
    webhooks = [_seen(chance, number) for number in range(chance.randint(3, 9))]
    webhooks += [_moved(phone) for phone, *_ in MOVERS]
    shops = []
    for _ in range(2):
        taken = webhooks + chance.choices(webhooks, k=len(webhooks) // 2)
        chance.shuffle(taken)
        shops.append(asyncio.run(_shop(dsn, taken, chance)))
    assert shops[0]["contacts"] == shops[1]["contacts"]
    assert shops[0]["conversations"] == shops[1]["conversations"]
    assert shops[0]["notes"] == shops[1]["notes"]


@pytest.mark.parametrize("seed", range(CASES))
def test_chats_from_before_and_names_of_the_phone_do_not_depend_on_the_order_either(dsn, seed):
    """The same messages live, echoed and as history, with and without their files, beside the phone's address book."""
    chance = random.Random(seed)
    webhooks = [chance.choice([_told, _told, _told, _named])(chance, n) for n in range(chance.randint(4, 16))]
    shops = []
    for _ in range(2):
        taken = webhooks + chance.choices(webhooks, k=len(webhooks) // 2)
        chance.shuffle(taken)
        shops.append(asyncio.run(_shop(dsn, taken, chance)))
    for part, rows in shops[0].items():
        assert shops[1][part] == rows, part


def _told(chance: random.Random, _number: int) -> dict[str, Any]:
    """One of eight messages, the way it comes live, or the way it comes from the business's phone."""
    chat = chance.randrange(8)
    phone, user = PEOPLE[chat % 2]
    ours, is_file = chat >= 4, chat % 4 >= 2
    item: dict[str, Any] = {"id": f"wamid.chat{chat}", "timestamp": str(AT + chat // 2 * 2), "type": "text",
                            "from": "15550783881" if ours else phone}  # fmt: skip
    content = (
        {"image": {"id": f"file{chat}", "caption": f"chat {chat}"}} if is_file else {"text": {"body": f"chat {chat}"}}
    )
    whole = item | {"type": next(iter(content))} | content
    way = chance.choice(["live", "thread", "thread", "thread", "file"])
    if way == "live" and ours:
        return payload(value(message_echoes=[whole | {"to": phone}]), field="smb_message_echoes")
    if way == "live":
        return payload(value([whole | {"from_user_id": user}], contacts=[]))
    if way == "file" and is_file:
        return payload(value([whole | ({"to": phone} if ours else {})], contacts=[]), field="history")
    told = item | {"type": "media_placeholder"} if is_file else whole
    told["history_context"] = {"status": chance.choice(["PENDING", "SENT", "DELIVERED", "READ", "PLAYED", "ERROR"])}
    chunk = {"metadata": {"phase": 0}, "threads": [{"id": phone, "messages": [told]}]}
    return payload(value(history=[chunk]), field="history")


def _named(chance: random.Random, _number: int) -> dict[str, Any]:
    name = chance.choice(["Anna", "Bea", None])
    contact = {"phone_number": chance.choice(PEOPLE)[0]} | ({"full_name": name} if name else {})
    entry = {"type": "contact", "contact": contact, "action": "add" if name else "remove",
             "metadata": {"timestamp": str(AT + chance.randint(0, 2))}}  # fmt: skip
    return payload(value(state_sync=[entry]), field="smb_app_state_sync")


def _seen(chance: random.Random, number: int) -> dict[str, Any]:
    """A message before or after its sender's move, naming phone, user id or both."""
    old, new, user = chance.choice(MOVERS)
    at = chance.choice([MOVE_AT - 2, MOVE_AT - 1, MOVE_AT + 1, MOVE_AT + 2])
    phone = old if at < MOVE_AT else new
    shape = chance.choice(["phone", "user", "both"])
    item = text_message(f"text {number}", id=f"wamid.s{number}", timestamp=str(at))
    entry: dict[str, Any] = {"profile": {"name": chance.choice(["Anna", "Bea"])}}
    del item["from"]
    if shape != "user":
        item["from"] = entry["wa_id"] = phone
    if shape != "phone":
        item["from_user_id"] = entry["user_id"] = user
    return payload(value([item], contacts=[entry]))


def _moved(phone: str) -> dict[str, Any]:
    new, user = next((new, user) for old, new, user in MOVERS if old == phone)
    system = {"type": "user_changed_number", "wa_id": new, "body": "moved"}
    item = {"from": phone, "from_user_id": user, "id": f"wamid.move{phone}", "timestamp": str(MOVE_AT)}
    return payload(value([item | {"type": "system", "system": system}], contacts=[]))


def _webhook(chance: random.Random, number: int) -> dict[str, Any]:
    make = chance.choice([_message, _message, _message, _status, _status, _preference, _template, _number])
    return make(chance, number)


def _message(chance: random.Random, number: int) -> dict[str, Any]:
    phone, user = chance.choice(PEOPLE)
    shape = chance.choice(["phone", "user", "both", "both"])
    forms = [phone, phone[:4] + phone[5:]] if phone.startswith("55") else [phone]
    item = text_message(f"text {number}", id=f"wamid.m{number}", timestamp=str(AT + chance.randint(0, 3)))
    entry: dict[str, Any] = {"profile": {"name": chance.choice(["Anna", "Bea", "Carla"])}}
    del item["from"]
    if shape != "user":
        item["from"] = entry["wa_id"] = chance.choice(forms)
    if shape != "phone":
        item["from_user_id"] = entry["user_id"] = user
    if chance.random() < 0.2:
        item["referral"] = {"source_type": "ad"}
    return payload(value([item], contacts=[entry]))


def _status(chance: random.Random, _number: int) -> dict[str, Any]:
    attempt = chance.randint(1, 2)
    name = chance.choice(["sent", "delivered", "read", "played", "failed", "deleted"])
    more: dict[str, Any] = {"biz_opaque_callback_data": f"{INSTALLATION}.{chance.randint(1, 3)}.{attempt}"}
    if name == "failed":
        more["errors"] = [{"code": chance.choice([131026, 131049]), "title": "failed"}]
    if name == "sent":
        more["pricing"] = {"category": chance.choice(["utility", "marketing"])}
    return payload(value(statuses=[status(f"wamid.a{attempt}", name, AT + chance.randint(0, 3), **more)]))


def _preference(chance: random.Random, _number: int) -> dict[str, Any]:
    choice = chance.choice(["stop", "resume"])
    wish = {"wa_id": chance.choice(PEOPLE)[0], "category": "marketing_messages", "value": choice,
            "timestamp": AT + chance.randint(0, 2)}  # fmt: skip
    return payload(value(user_preferences=[wish]), field="user_preferences")


def _template(chance: random.Random, _number: int) -> dict[str, Any]:
    change = {"event": chance.choice(["APPROVED", "REJECTED", "PAUSED"]), "message_template_name": "order_update",
              "message_template_language": "en_US", "reason": chance.choice([None, "SPAM"])}  # fmt: skip
    return payload(change, field="message_template_status_update", time=AT + chance.randint(0, 2))


def _number(chance: random.Random, _number: int) -> dict[str, Any]:
    limit = chance.choice(["TIER_1K", "TIER_10K"])
    change = {"event": "UPGRADE", "display_phone_number": "15550783881", "current_limit": limit}
    return payload(change, field="phone_number_quality_update", time=AT + chance.randint(0, 2))


async def _shop(dsn: str, webhooks: list[dict[str, Any]], chance: random.Random) -> dict[str, Any]:
    """What an empty shop looks like after these webhooks, in batches of any size."""
    async with open_pool(dsn, max_size=2) as pool:
        async with pool.acquire() as conn:
            await conn.execute(f"truncate {EMPTIED} restart identity cascade")
        organization = await register(pool)
        for _ in range(3):
            await outbound(pool, organization, status="unknown", attempt=2)
        async with pool.acquire() as conn:
            await conn.execute(
                "insert into templates (organization_id, business_account_id, name, language, status)"
                " values ($1, '102290129340398', 'order_update', 'en_US', 'PENDING')",
                organization,
            )
        inbound = Inbound(pool)
        rest = [json.loads(json.dumps(webhook)) for webhook in webhooks]
        while rest:
            size = chance.randint(1, 5)
            await inbound.take(*rest[:size])
            rest = rest[size:]
        return {part: [tuple(row.values()) for row in await inbound.rows(query)] for part, query in SHOP.items()}
