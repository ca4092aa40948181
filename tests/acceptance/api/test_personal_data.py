"""A contact's data is given out whole and taken out everywhere."""

import orjson
import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api

PHONE, SECRET = "393331234567", "my secret is blue"


@pytest.fixture
async def traces(api: Api) -> int:
    """One contact, mentioned in every table that can mention one, and another person beside it."""
    body = {"to": f"+{PHONE}", "type": "text", "text": {"body": SECRET}, "send_at": "2099-01-01T00:00:00Z"}
    (await api.post("/messages", body)).ok(202)
    (await api.post("/messages", {**body, "to": "+393337654321", "text": {"body": "another"}})).ok(202)
    raw = orjson.dumps({"from": PHONE, "text": SECRET})
    async with acquired(api.pool) as conn:
        org = api.organization
        contact = await conn.fetchval("select id from contacts where phone = $1", PHONE)
        await conn.execute("update contacts set wa_id = phone, profile_name = 'Ada' where id = $1", contact)
        lead = await conn.fetchval(
            "insert into leads (organization_id, name, phone) values ($1, 'Ada', $2) returning id", org, PHONE
        )
        await conn.execute("insert into lead_links values ($1, $2, $3, 'phone')", org, contact, lead)
        await conn.execute(
            "insert into lead_notes (organization_id, lead_id, text) values ($1, $2, $3)", org, lead, SECRET
        )
        message = await conn.fetchval("select id from message_log where text = $1", SECRET)
        await conn.execute("insert into wamids values ($1, 'wamid.x', $2, 1)", org, message)
        await conn.execute(
            """insert into message_attempts (organization_id, started_at, message_id, attempt, outcome, request, answer)
               values ($1, now(), $2, 1, 'sent', '{"to": "393331234567"}', '{}')""",
            org,
            message,
        )
        await conn.execute(
            """insert into webhook_log (received_at, id, organization_id, sha256, body, outcome)
               select now() - make_interval(hours => n * 7), gen_random_uuid(), $1, '', $2, 'processed'
               from generate_series(0, 5) n""",
            org,
            raw,
        )
        await conn.execute(
            """insert into dead_letters (organization_id, source, reason, fingerprint, body)
               values ($1, 's', 'r', 'f', $2)""",
            org,
            raw,
        )
        await conn.execute(
            """insert into media_files (organization_id, message_id, direction, type, status, path, filename)
               values ($1, $2, 'inbound', 'image', 'stored', 'f/1', 'ada.jpg')""",
            org,
            message,
        )

    async def bytes_of_file():
        yield b"picture"

    await api.runtime.files.put("f/1", bytes_of_file())
    return int(contact)


async def test_an_export_holds_everything_about_one_person_and_nothing_of_another(api: Api, traces):
    answer = await api.as_("ADMIN").get(f"/contacts/+{PHONE}/export")
    lines = [orjson.loads(line) for line in answer.body.splitlines()]
    assert [line["kind"] for line in lines] == ["contact", "conversation", "lead", "note", "message"]
    assert lines[-1]["text"] == lines[3]["text"] == SECRET
    assert b"another" not in answer.body
    (await api.as_("MANAGER").get(f"/contacts/+{PHONE}/export")).refused(403, "FORBIDDEN")


async def test_after_an_erasure_nothing_of_the_person_is_found_anywhere(api: Api, traces):
    erased = (await api.as_("ADMIN").post(f"/contacts/+{PHONE}/erase")).ok()
    assert erased == {"contact_id": traces, "messages": 1}
    async with acquired(api.pool) as conn:
        tables = await conn.fetch(
            "select relname from pg_class where relnamespace = 'colomba'::regnamespace and relkind in ('r', 'p')"
        )
        found = []
        for table in tables:
            name = table["relname"]
            for value in (PHONE, SECRET, "Ada", "ada.jpg", "wamid.x"):
                hex_value = value.encode().hex()
                count = await conn.fetchval(
                    f"""select count(*) from {name} t
                        where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%'""",
                    value,
                    hex_value,
                )
                if count:
                    found.append((name, value))
    assert found == []
    with pytest.raises(FileNotFoundError):
        [chunk async for chunk in api.runtime.files.get("f/1")]
    (await api.get(f"/contacts/+{PHONE}")).refused(404, "NOT_FOUND")
    assert (await api.get(f"/contacts/{traces}")).ok()["name"] is None
    assert (await api.get("/messages?q=another")).ok()["total"] == 1
    async with acquired(api.pool) as conn:
        assert await conn.fetchval("select count(*) from send_queue") == 1
        assert await conn.fetchval("select count(*) from webhook_log where body is not null") == 0


async def test_an_erasure_can_be_repeated(api: Api, traces):
    for _ in range(2):
        (await api.post(f"/contacts/{traces}/erase")).ok()
    (await api.as_("OTHER").post(f"/contacts/{traces}/erase")).refused(404, "NOT_FOUND")


async def test_an_erased_person_who_writes_to_us_again_is_a_new_contact(api: Api, traces):
    (await api.post(f"/contacts/{traces}/erase")).ok()
    body = {"to": f"+{PHONE}", "phone_number_id": NUMBER, "type": "text", "text": {"body": "hello again"}}
    (await api.post("/messages", body)).ok(202)
    assert (await api.get(f"/contacts/+{PHONE}")).ok()["id"] != traces
