"""Cancelling, sending again, settling a doubt, and the export."""

import csv
import io

import orjson
import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api

TEXT = {"to": "+393331234567", "type": "text", "text": {"body": "Your table is ready."}, "metadata": {"order": 7}}


async def sent(api: Api, **changes) -> int:
    return int((await api.post("/messages", {**TEXT, **changes})).ok(202)["id"])


async def settled(api: Api, message_id: int, status: str) -> None:
    """As if the call had ended so."""
    async with acquired(api.pool) as conn:
        await conn.execute("delete from send_queue where message_id = $1", message_id)
        await conn.execute("update message_log set status = $2, attempt = 1 where id = $1", message_id, status)


async def in_doubt(api: Api, message_id: int) -> None:
    async with acquired(api.pool) as conn:
        request = await conn.fetchval("select request from send_queue where message_id = $1", message_id)
        await conn.execute(
            """insert into unknown_sends
                   (organization_id, message_id, attempt, phone_number_id, echo_until, on_unknown, request)
               values ($1, $2, 1, $3, now() + interval '1 hour', 'hold', $4)""",
            api.organization,
            message_id,
            NUMBER,
            request,
        )
    await settled(api, message_id, "unknown")


async def test_a_waiting_message_is_cancelled_as_often_as_asked(api: Api):
    message_id = await sent(api, send_at="2099-01-01T00:00:00Z")
    for _ in range(2):
        answer = (await api.as_("SELLER").post(f"/messages/{message_id}/cancel")).ok()
        assert answer == {"id": message_id, "status": "cancelled"}
    assert (await api.get(f"/messages/{message_id}")).ok()["status"] == "cancelled"


async def test_what_was_sent_is_not_cancelled(api: Api):
    message_id = await sent(api)
    await settled(api, message_id, "delivered")
    (await api.post(f"/messages/{message_id}/cancel")).refused(409, "CONFLICT")
    (await api.as_("OTHER").post(f"/messages/{message_id}/cancel")).refused(404, "NOT_FOUND")


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
async def test_what_did_not_arrive_is_sent_again_as_a_new_message(api: Api, status):
    message_id = await sent(api)
    await settled(api, message_id, status)
    headers = {"Idempotency-Key": "again"}
    first = (await api.as_("MANAGER").post(f"/messages/{message_id}/resend", headers=headers)).ok(202)
    again = (await api.post(f"/messages/{message_id}/resend", headers=headers)).ok(202)
    assert first == again
    assert first["id"] != message_id
    copy = (await api.get(f"/messages/{first['id']}")).ok()
    assert (copy["text"], copy["to"], copy["metadata"], copy["status"]) == (
        "Your table is ready.",
        "393331234567",
        {"order": 7},
        "queued",
    )


@pytest.mark.parametrize("status", ["sent", "delivered", "read"])
async def test_what_arrived_is_not_sent_again(api: Api, status):
    message_id = await sent(api)
    await settled(api, message_id, status)
    (await api.post(f"/messages/{message_id}/resend")).refused(409, "CONFLICT")
    (await api.as_("SELLER").post(f"/messages/{message_id}/resend")).refused(403, "FORBIDDEN")


async def test_a_doubtful_message_gets_a_new_attempt_outside_the_order(api: Api):
    message_id = await sent(api)
    await in_doubt(api, message_id)
    assert (await api.get(f"/messages/{message_id}")).ok()["status"] == "unknown"
    assert (await api.post(f"/messages/{message_id}/resend")).ok(202) == {"id": message_id, "status": "queued"}
    async with acquired(api.pool) as conn:
        row = await conn.fetchrow("select attempt, ordered, ready from send_queue where message_id = $1", message_id)
    assert tuple(row or ()) == (1, False, True)


@pytest.mark.parametrize("status", ["sent", "failed"])
async def test_a_doubt_is_settled_by_hand_once(api: Api, status):
    message_id = await sent(api)
    await in_doubt(api, message_id)
    body = {"status": status, "reason": "asked the customer"}
    assert (await api.post(f"/messages/{message_id}/resolve", body)).ok()["status"] == status
    (await api.post(f"/messages/{message_id}/resolve", body)).refused(409, "CONFLICT")
    message = (await api.get(f"/messages/{message_id}")).ok()
    assert message["status"] == status
    assert (message["error"] or {}).get("message") == ("asked the customer" if status == "failed" else None)


async def test_an_export_is_the_whole_history_as_csv_that_no_spreadsheet_runs(api: Api):
    await sent(api, text={"body": '=HYPERLINK("http://evil")'})
    await sent(api, text={"body": 'with "quotes", commas\nand lines'})
    answer = await api.as_("MANAGER").get("/messages/export")
    assert answer.content_type == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    assert [row["text"] for row in rows] == ['with "quotes", commas\nand lines', '\'=HYPERLINK("http://evil")']
    (await api.as_("SELLER").get("/messages/export")).refused(403, "FORBIDDEN")


async def test_an_export_goes_beyond_a_page_and_keeps_the_filters(api: Api):
    async with acquired(api.pool) as conn:
        await conn.execute(
            """insert into message_log (organization_id, direction, phone_number_id, type, status, text, content)
               select $1, 'inbound', $2, 'text', 'received', 'm' || n, '{}' from generate_series(1, 2500) n""",
            api.organization,
            NUMBER,
        )
    await sent(api)
    answer = await api.get("/messages/export?format=ndjson&direction=inbound")
    rows = [orjson.loads(line) for line in answer.body.splitlines()]
    assert len(rows) == 2500
    assert [row["text"] for row in rows[:2]] == ["m2500", "m2499"]


@pytest.mark.parametrize(
    ("words", "found"),
    [("table", 2), ("TABLE ready", 1), ("ready late", 0), ("nothing", 0), ("%27%29%3B--", 0), ("ta", 0)],
)
async def test_messages_are_found_by_their_words(api: Api, words, found):
    await sent(api)
    await sent(api, text={"body": "Your table is late."})
    (await api.as_("OTHER").post("/messages", {**TEXT, "text": {"body": "table of another"}})).ok(202)
    answer = (await api.get(f"/messages?q={words}")).ok()
    assert (answer["total"], len(answer["data"])) == (found, found)


async def test_what_was_found_is_walked_by_page_and_by_cursor(api: Api):
    async with acquired(api.pool) as conn:
        await conn.execute(
            """insert into message_log (organization_id, direction, phone_number_id, type, status, text, content)
               select $1, 'inbound', $2, 'text', 'received', 'pizza ' || n, '{}' from generate_series(1, 25) n""",
            api.organization,
            NUMBER,
        )
    pages = [(await api.get(f"/messages?q=pizza&limit=10&page={page}")).ok() for page in (1, 2, 3)]
    by_page = [row["text"] for page in pages for row in page["data"]]
    by_cursor, cursor = [], ""
    for _ in range(3):
        answer = (await api.get(f"/messages?q=pizza&limit=10{cursor}")).ok()
        by_cursor += [row["text"] for row in answer["data"]]
        cursor = f"&cursor={answer['next']}"
    assert by_page == by_cursor == [f"pizza {n}" for n in range(25, 0, -1)]
    assert {page["total"] for page in pages} == {25}
    assert pages[2]["next"] is None
    assert (await api.get("/messages?q=pizza&direction=outbound")).ok()["total"] == 0
