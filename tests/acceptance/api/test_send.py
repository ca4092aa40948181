"""Sending over HTTP goes through the same door as a command from the bus."""

import io

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import Api

TEXT = {"to": "+393331234567", "type": "text", "text": {"body": "Your table is ready."}}


async def test_a_message_is_accepted_and_seen_in_the_history(api: Api):
    sent = (await api.as_("SELLER").post("/messages", TEXT)).ok(202)
    assert sent["status"] == "queued"
    message = (await api.get(f"/messages/{sent['id']}")).ok()
    assert (message["direction"], message["type"], message["text"]) == ("outbound", "text", "Your table is ready.")
    assert (message["to"], message["from"], message["provider"]) == ("393331234567", "390612345678", "WHATSAPP")
    assert message["timeline"] == message["attempts"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "queued"),
        ({"send_at": "2096-12-01T00:00:00Z"}, "scheduled"),
        ({"expires_at": "2020-12-01T00:00:00Z"}, "expired"),
        ({"text": {"body": "x" * 4097}}, "failed"),
    ],
)
async def test_the_same_key_and_body_get_the_same_answer_and_one_message(api: Api, change, status):
    headers = {"Idempotency-Key": "order-17"}
    first = await api.post("/messages", {**TEXT, **change}, headers=headers)
    async with acquired(api.pool) as conn:
        await conn.execute(
            """update message_log set status = 'read', status_updated_at = now()
               where status = 'queued' or status = 'scheduled'"""
        )
    again = await api.post("/messages", {**TEXT, **change}, headers=headers)
    assert first.ok(202) == again.ok(202) == {"id": 1, "status": status}
    assert first.headers["Idempotency-Key"] == "order-17"
    assert (await api.get("/messages")).ok()["total"] == 1


async def test_the_same_key_with_another_body_is_refused(api: Api):
    headers = {"Idempotency-Key": "order-17"}
    (await api.post("/messages", TEXT, headers=headers)).ok(202)
    other = {**TEXT, "text": {"body": "Another"}}
    (await api.post("/messages", other, headers=headers)).refused(409, "IDEMPOTENCY_CONFLICT")


async def test_a_key_is_made_and_given_back_when_none_was_sent(api: Api):
    first, second = await api.post("/messages", TEXT), await api.post("/messages", TEXT)
    assert first.ok(202)["id"] != second.ok(202)["id"]
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": None}, "type"),
        ({"to": None}, "to"),
        ({"text": None}, "text"),
        ({"lead_id": 4711}, "lead_id"),
        ({"campaign_id": 4711}, "campaign_id"),
        ({"phone_number_id": "999"}, "phone_number_id"),
        ({"colour": "red"}, "colour"),
        ({"send_at": "tomorrow"}, "send_at"),
    ],
)
async def test_a_breach_of_the_contract_names_the_field(api: Api, change, field):
    body = {name: value for name, value in {**TEXT, **change}.items() if value is not None}
    problem = (await api.post("/messages", body)).refused(422, "VALIDATION_FAILED")
    assert problem["errors"][0]["field"] == field
    async with acquired(api.pool) as conn:
        assert await conn.fetchval("select count(*) from message_log") == 0


async def test_the_number_must_be_named_where_there_are_several(api: Api):
    async with acquired(api.pool) as conn:
        await conn.execute(
            """insert into phone_numbers (organization_id, id, business_account_id, digits, display_phone_number)
               select organization_id, 'second', business_account_id, '1', '+1' from phone_numbers
               where organization_id = $1""",
            api.organization,
        )
    (await api.post("/messages", TEXT)).refused(422, "VALIDATION_FAILED")
    (await api.post("/messages", {**TEXT, "phone_number_id": "second"})).ok(202)


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400, "BAD_REQUEST"),
        ({"data": b"[]", "headers": {"Content-Type": "application/json"}}, 422, "VALIDATION_FAILED"),
        ({"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"data": b"{}", "headers": {"Content-Encoding": "gzip"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (
            {"data": io.BytesIO(b" " * (1 << 21)), "headers": {"Content-Type": "application/json"}},
            413,
            "PAYLOAD_TOO_LARGE",
        ),
        ({"json": TEXT, "headers": {"Idempotency-Key": "a" * 201}}, 422, "VALIDATION_FAILED"),
        ({"json": {**TEXT, "metadata": {"a": "\x00"}}}, 422, "VALIDATION_FAILED"),
    ],
)
async def test_an_unreadable_request_is_refused_as_such(api: Api, options, status, code):
    (await api.call("POST", "/messages", **options)).refused(status, code)
