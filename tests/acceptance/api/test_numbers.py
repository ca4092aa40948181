"""Numbers: registered, throttled, paused and resumed; their tokens are never seen again."""

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import ACCOUNT, NUMBER, OTHER_NUMBER, Api

NEW = {"id": "306540352242922", "business_account_id": ACCOUNT, "phone": "+390698765432", "token": "EAA-secret-token"}


async def test_a_number_is_registered_with_its_token_encrypted(api: Api):
    number = (await api.as_("ADMIN").post("/numbers", NEW)).ok(201)
    assert (number["display_phone_number"], number["country"], number["has_token"]) == ("+39 06 9876 5432", "IT", True)
    assert "EAA" not in str(number)
    async with acquired(api.pool) as conn:
        stored = await conn.fetchval("select token_encrypted from phone_numbers where id = $1", NEW["id"])
    assert api.runtime.tokens.vault.decrypt(stored) == NEW["token"]
    assert [row["id"] for row in (await api.get("/numbers")).ok()["data"]] == [NUMBER, NEW["id"]]


async def test_a_number_of_another_organization_can_be_neither_taken_nor_seen(api: Api):
    (await api.post("/numbers", {**NEW, "id": OTHER_NUMBER})).refused(409, "CONFLICT")
    (await api.get(f"/numbers/{OTHER_NUMBER}")).refused(404, "NOT_FOUND")
    for deed, body in (("pause", {"reason": "x"}), ("resume", {}), ("token", {"token": "x"})):
        (await api.post(f"/numbers/{OTHER_NUMBER}/{deed}", body)).refused(404, "NOT_FOUND")
    async with acquired(api.pool) as conn:
        row = await conn.fetchrow("select paused_at, token_encrypted from phone_numbers where id = $1", OTHER_NUMBER)
    assert tuple(row or ()) == (None, None)


async def test_a_pause_stops_a_number_for_a_reason_until_it_is_lifted(api: Api):
    admin = api.as_("ADMIN")
    paused = (await admin.post(f"/numbers/{NUMBER}/pause", {"reason": "too many complaints"})).ok()
    assert (paused["is_paused"], paused["pause_reason"]) == (True, "too many complaints")
    again = (await admin.post(f"/numbers/{NUMBER}/pause", {"reason": "another"})).ok()
    assert again["pause_reason"] == "too many complaints"
    assert (await admin.post(f"/numbers/{NUMBER}/resume")).ok()["is_paused"] is False
    (await api.as_("MANAGER").post(f"/numbers/{NUMBER}/pause", {"reason": "x"})).refused(403, "FORBIDDEN")


@pytest.mark.parametrize("level", ["credential_paused_at = now(), credential_pause_reason = 'token expired'"])
async def test_a_new_token_lifts_the_pause_of_the_old_one(api: Api, level):
    async with acquired(api.pool) as conn:
        await conn.execute(f"update phone_numbers set {level} where id = $1", NUMBER)
    assert (await api.get(f"/numbers/{NUMBER}")).ok()["pause_reason"] == "token expired"
    number = (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA-new"})).ok()
    assert (number["is_paused"], number["has_token"]) == (False, True)


async def test_caps_are_set_and_taken_away(api: Api):
    number = (await api.patch(f"/numbers/{NUMBER}", {"cap_per_second": 5, "cap_per_day": 1000})).ok()
    assert (number["cap_per_second"], number["cap_per_day"], number["cap_per_hour"]) == (5, 1000, None)
    assert (await api.patch(f"/numbers/{NUMBER}", {"cap_per_second": 0})).ok()["cap_per_second"] is None


async def test_the_backlog_of_a_number_is_seen(api: Api):
    message = {"to": "+393331234567", "type": "text", "text": {"body": "x"}}
    (await api.post("/messages", message)).ok(202)
    (await api.post("/messages", {**message, "send_at": "2099-01-01T00:00:00Z"})).ok(202)
    assert (await api.get(f"/numbers/{NUMBER}")).ok()["backlog"] == {"queued": 1, "scheduled": 1}


async def test_the_use_of_the_current_windows_is_seen_beside_the_caps(api: Api):
    (await api.patch(f"/numbers/{NUMBER}", {"cap_per_hour": 100, "cap_per_day": 1000})).ok()
    assert (await api.get(f"/numbers/{NUMBER}")).ok()["usage"] == {"hour": 0, "day": 0}
    async with acquired(api.pool) as conn:
        await conn.execute(
            """insert into number_usage (organization_id, phone_number_id, hour, intents)
               select organization_id, id, date_trunc('hour', now()), 7 from phone_numbers where id = $1""",
            NUMBER,
        )
    number = (await api.get(f"/numbers/{NUMBER}")).ok()
    assert (number["usage"], number["cap_per_hour"]) == ({"hour": 7, "day": 7}, 100)


async def test_a_number_is_tested_in_plain_words(api: Api):
    async def findings() -> dict[str, tuple[bool, str]]:
        answer = (await api.as_("ADMIN").post(f"/numbers/{NUMBER}/test")).ok()
        return {one["check"]: (one["ok"], one["sentence"]) for one in answer["findings"]}

    assert await findings() == {"token": (False, "there is no access token for this number: set one")}
    (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA-token"})).ok()
    found = await findings()
    assert found["meta"][0], found
    assert found["health"][0], found
    (await api.post(f"/numbers/{NUMBER}/subscribe")).ok()
    assert (await findings())["webhooks"][0]
    number = (await api.get(f"/numbers/{NUMBER}")).ok()
    assert number["health"]["can_send_message"] in {"AVAILABLE", None}
    assert number["verified_name"]


async def test_the_profile_of_a_number_is_read_from_meta(api: Api):
    (await api.get(f"/numbers/{NUMBER}/profile")).refused(409, "CONFLICT")
    (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA-token"})).ok()
    assert "about" in (await api.get(f"/numbers/{NUMBER}/profile")).ok()


@pytest.mark.parametrize(
    ("code", "words"), [(190, "expired or was revoked"), (10, "may not manage"), (100, "does not know"), (4, "(4)")]
)
def test_a_refusal_of_meta_is_told_in_words(code, words):
    from sender_service.cloud_api.graph import GraphAway, GraphRefused
    from sender_service.number_check import refused_in_words

    assert words in refused_in_words(GraphRefused(code, "message"))
    assert "SENDER_GRAPH_URL" in refused_in_words(GraphAway("TimeoutError"))


@pytest.mark.parametrize("token", ["EAA\r\nX-Injected: 1", "EAA 1", "EAA\x00", "EAAé", "EAA\x7f"])
async def test_a_token_that_cannot_stand_in_a_header_is_not_stored(api: Api, token):
    """It would stop every send of the number, at the moment of the call."""
    (await api.post(f"/numbers/{NUMBER}/token", {"token": token})).refused(422, "VALIDATION_FAILED")
    assert (await api.get(f"/numbers/{NUMBER}")).ok()["has_token"] is False
