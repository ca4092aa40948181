"""Inbox, contacts and leads, as people work with them."""

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api
from tests.waiting import until

PHONE = "+393331234567"


@pytest.fixture
async def inbox(api: Api) -> dict[str, int]:
    """Two customers: Ada, linked to a lead, has written twice and nobody has read it; Bo was written to."""
    async with acquired(api.pool) as conn:
        org = api.organization
        ada, bo = [
            await conn.fetchval(
                """insert into contacts (organization_id, wa_id, phone, profile_name) values ($1, $2, $2, $3)
                   returning id""",
                org,
                phone,
                name,
            )
            for phone, name in (("393331234567", "Ada Rossi"), ("393337654321", "Bo Verdi"))
        ]
        lead = await conn.fetchval(
            "insert into leads (organization_id, name, phone) values ($1, 'Ada', '393331234567') returning id", org
        )
        await conn.execute("insert into lead_links values ($1, $2, $3, 'phone')", org, ada, lead)
        talks = [
            await conn.fetchval(
                """insert into conversations (organization_id, phone_number_id, contact_id, subject, unread_count,
                       last_message_at, last_message_text, last_message_direction, last_customer_wamid)
                   values ($1, $2, $3, 'WhatsApp', $4, now() - make_interval(mins => $5), 'Ciao', 'inbound', $6)
                   returning id""",
                org,
                NUMBER,
                contact,
                unread,
                minutes,
                wamid,
            )
            for contact, unread, minutes, wamid in ((ada, 2, 1, "wamid.ada"), (bo, 0, 5, None))
        ]
        await conn.execute(
            """insert into message_log (organization_id, direction, phone_number_id, contact_id, conversation_id, type,
                   status, text, content)
               select $1, 'inbound', $2, $3, $4, 'text', 'received', 'Ciao ' || n, '{}' from generate_series(1, 2) n""",
            org,
            NUMBER,
            ada,
            talks[0],
        )
        user = await conn.fetchval(
            """insert into users (organization_id, email, name, role) values ($1, 'a@b', 'Anna', 'SELLER')
               returning id""",
            org,
        )
    return {"ada": ada, "bo": bo, "lead": lead, "talk": talks[0], "other_talk": talks[1], "user": user}


async def test_the_inbox_shows_who_wrote_last_first(api: Api, inbox):
    rows = (await api.as_("SELLER").get("/conversations")).ok()["data"]
    assert [row["id"] for row in rows] == [inbox["talk"], inbox["other_talk"]]
    first = rows[0]
    assert (first["phone"], first["lead_id"], first["lead_name"]) == ("393331234567", inbox["lead"], "Ada")
    assert (first["unread_count"], first["last_message_text"], first["status"]) == (2, "Ciao", "pending")


async def test_the_inbox_is_walked_by_cursor(api: Api, inbox):
    first = (await api.get("/conversations?limit=1")).ok()
    second = (await api.get(f"/conversations?limit=1&cursor={first['next']}")).ok()
    assert [first["data"][0]["id"], second["data"][0]["id"]] == [inbox["talk"], inbox["other_talk"]]
    assert second["next"] is None
    assert first["total"] == 2


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("unread=true", ["ada"]),
        ("unassigned=true", ["ada", "bo"]),
        ("status=active", []),
        ("q=ross", ["ada"]),
        ("q=verdi bo", ["bo"]),
        ("q=%2B39333123", ["ada"]),
        ("q=nobody", []),
        ("q='; drop table contacts; --", []),
    ],
)
async def test_the_inbox_is_narrowed(api: Api, inbox, query, who):
    rows = (await api.get(f"/conversations?{query}")).ok()
    assert [row["contact_id"] for row in rows["data"]] == [inbox[name] for name in who]
    assert rows["total"] == len(who)


@pytest.mark.parametrize("by", ["id", "phone"])
async def test_the_messages_of_a_conversation_by_id_and_by_phone(api: Api, inbox, by):
    key = inbox["talk"] if by == "id" else PHONE
    answer = (await api.get(f"/conversations/{key}/messages")).ok()
    assert [row["text"] for row in answer["data"]] == ["Ciao 2", "Ciao 1"]
    assert answer["limit"] == 50


async def test_a_conversation_is_assigned_and_the_bus_is_told(api: Api, inbox):
    body = {"assigned_to_id": inbox["user"]}
    row = (await api.as_("MANAGER").patch(f"/conversations/{PHONE}/assign", body)).ok()
    assert (row["assigned_to_name"], row["status"]) == ("Anna", "active")
    (await api.as_("SELLER").patch(f"/conversations/{PHONE}/assign", body)).refused(403, "FORBIDDEN")
    (await api.patch(f"/conversations/{PHONE}/assign", {"assigned_to_id": 4711})).refused(422, "VALIDATION_FAILED")
    async with acquired(api.pool) as conn:
        assert await conn.fetchval("select count(*) from audit_log where action = 'conversation.assigned'") == 1

    async def told() -> bool:
        async with acquired(api.pool) as conn:
            return bool(await conn.fetchval("select count(*) from outbox") == 0)

    await until(told, what="the event to be published")


async def test_reading_a_conversation_is_told_to_meta_once(api: Api, inbox):
    for _ in range(2):
        row = (await api.as_("SELLER").patch(f"/conversations/{inbox['talk']}/mark-read", {})).ok()
        assert row["unread_count"] == 0
    async with acquired(api.pool) as conn:
        assert await conn.fetchval("select count(*) from send_queue") == 1
        assert await conn.fetchval("select count(*) from message_log where direction = 'inbound' and not is_read") == 0


async def test_a_contact_by_id_and_by_phone_is_the_same(api: Api, inbox):
    by_id, by_phone = await api.get(f"/contacts/{inbox['ada']}"), await api.get(f"/contacts/{PHONE}")
    assert by_id.ok() == by_phone.ok()
    ada = by_id.json()
    assert (ada["name"], ada["unread_count"], ada["lead_id"]) == ("Ada Rossi", 2, inbox["lead"])
    (await api.get("/contacts/+393330000000")).refused(404, "NOT_FOUND")


async def test_a_contact_is_edited_and_found_again(api: Api, inbox):
    change = {"display_name": "Signora Rossi", "tags": ["vip", "milano"], "pinned": True, "business_name": "Rossi srl"}
    contact = (await api.as_("SELLER").patch(f"/contacts/{inbox['ada']}", change)).ok()
    assert {name: contact[name] for name in change} == change
    assert (await api.get("/contacts?tag=vip")).ok()["total"] == 1
    assert (await api.get("/contacts?pinned=true&q=signora")).ok()["total"] == 1
    assert (await api.get("/contacts?pinned=false")).ok()["total"] == 1


async def test_an_opt_out_needs_a_manager_and_is_told_once(api: Api, inbox):
    out = {"marketing_opted_out": True}
    (await api.as_("SELLER").patch(f"/contacts/{PHONE}", out)).refused(403, "FORBIDDEN")
    for _ in range(2):
        assert (await api.as_("MANAGER").patch(f"/contacts/{PHONE}", out)).ok()["marketing_opted_out"] is True
    assert (await api.get("/contacts?opted_out=true")).ok()["total"] == 1
    back = (await api.patch(f"/contacts/{PHONE}", {"marketing_opted_out": False})).ok()
    assert back["marketing_opted_out_at"] is None


async def test_a_lead_moves_through_the_stages_and_gets_notes(api: Api, inbox):
    async with acquired(api.pool) as conn:
        stage = await conn.fetchval(
            "select id from stages where organization_id = $1 and name = 'Won'", api.organization
        )
        foreign = await conn.fetchval("select id from stages where organization_id <> $1 limit 1", api.organization)
    path = f"/leads/{inbox['lead']}"
    change = {"stage_id": stage, "status": "WON", "assigned_to_id": inbox["user"]}
    lead = (await api.as_("MANAGER").patch(path, change)).ok()
    assert (lead["stage_name"], lead["status"], lead["assigned_to_name"]) == ("Won", "WON", "Anna")
    (await api.patch(path, {"stage_id": foreign})).refused(422, "VALIDATION_FAILED")
    assert (await api.get(f"/leads?stage_id={stage}")).ok()["total"] == 1
    assert (await api.get("/leads?phone=%2B393331234567")).ok()["total"] == 1
    note = (await api.as_("SELLER").post(f"{path}/notes", {"text": "Called.", "is_private": True})).ok(201)
    assert (await api.get(f"{path}/notes")).ok()["data"] == [note]
    (await api.post("/leads/4711/notes", {"text": "x"})).refused(404, "NOT_FOUND")


async def test_null_takes_away_what_may_be_empty_and_what_is_left_out_stays(api: Api):
    (await api.post("/messages", {"to": "+393331234567", "type": "text", "text": {"body": "x"}})).ok(202)
    user = (await api.post("/users", {"email": "a@x.it", "name": "Ada", "role": "SELLER"})).ok(201)
    async with acquired(api.pool) as conn:
        lead = await conn.fetchval(
            "insert into leads (organization_id, name) values ($1, 'L') returning id", api.organization
        )
    full = {"display_name": "Bo", "business_name": "Bo srl", "language": "it", "tags": ["vip"]}
    (await api.patch("/contacts/+393331234567", full)).ok()
    (await api.patch("/contacts/+393331234567", {"business_name": None, "pinned": True})).ok()
    shown = (await api.patch("/contacts/+393331234567", {"language": None, "tags": None})).ok()
    kept = {"display_name": "Bo", "business_name": None, "language": None, "tags": ["vip"], "pinned": True}
    assert {name: shown[name] for name in kept} == kept
    (await api.patch(f"/leads/{lead}", {"assigned_to_id": user["id"], "external_ref": "crm-7"})).ok()
    shown = (await api.patch(f"/leads/{lead}", {"assigned_to_id": None, "status": "WON"})).ok()
    assert (shown["assigned_to_id"], shown["external_ref"], shown["status"], shown["name"]) == (
        None,
        "crm-7",
        "WON",
        "L",
    )
    assert (await api.patch(f"/leads/{lead}", {"external_ref": None, "name": None})).ok()["external_ref"] is None
