"""Templates: synced from Meta, disabled here, sent by name with variables."""

from typing import Any

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import ACCOUNT, NUMBER, Api

NEW = {
    "name": "order_late",
    "language": "it",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "Ciao {{1}}, il tuo ordine arriva alle {{2}}.",
            "example": {"body_text": [["Ada", "9"]]},
        }
    ],
}


@pytest.fixture
async def synced(api: Api) -> Api:
    (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA-token"})).ok()
    answer = (await api.as_("MANAGER").post("/templates/sync")).ok()
    assert answer["accounts"][ACCOUNT] >= 4
    return api


async def template(api: Api, name: str) -> Any:
    [found] = (await api.get(f"/templates?name={name}")).ok()["data"]
    return found


async def test_the_templates_of_the_account_are_there_after_a_sync(synced: Api):
    reminder = await template(synced, "appointment_reminder")
    assert (reminder["language"], reminder["status"]) == ("es_MX", "APPROVED")
    assert reminder["variables"] == ["1", "2", "3", "4"]
    assert (await template(synced, "hello_world"))["variables"] == []
    assert (await synced.as_("OTHER").get("/templates")).ok()["total"] == 0
    assert (await synced.as_("OTHER").get(f"/templates/{reminder['id']}")).status == 404


async def test_without_a_token_the_caller_is_told_what_to_do(api: Api):
    problem = (await api.post("/templates/sync")).refused(409, "CONFLICT")
    assert "token" in problem["detail"]


async def test_a_template_is_sent_by_name_with_its_variables_filled_in(synced: Api):
    body = {"name": "order_ready", "to": "+393331234567", "variables": {"1": "Ada", "2": "17"}}
    sent = (await synced.as_("SELLER").post("/templates/send", body)).ok(202)
    message = (await synced.get(f"/messages/{sent['id']}")).ok()
    assert (message["type"], message["template"], message["status"]) == ("template", "order_ready", "queued")
    parameters = message["content"]["components"][0]["parameters"]
    assert [one["text"] for one in parameters] == ["Ada", "17"]


async def test_a_list_fills_the_places_in_their_order(synced: Api):
    reminder = await template(synced, "vaccination_reminder")
    body = {"template_id": reminder["id"], "to": "+393331234567", "variables": ["Ada", "Fido"]}
    sent = (await synced.post("/templates/send", body)).ok(202)
    message = (await synced.get(f"/messages/{sent['id']}")).ok()
    assert [one["text"] for one in message["content"]["components"][0]["parameters"]] == ["Ada", "Fido"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"variables": {"1": "Ada"}}, "variables"),
        ({"variables": {"1": "Ada", "2": "17", "3": "too much"}}, "variables.3"),
        ({"name": "nothing"}, "name"),
        ({"language": "it"}, "language"),
        ({"to": None}, "to"),
        ({"template_id": 1}, "body"),
    ],
)
async def test_what_does_not_fit_is_refused_before_anything_is_accepted(synced: Api, change, field):
    body = {"name": "order_ready", "to": "+393331234567", "variables": {"1": "Ada", "2": "17"}, **change}
    body = {name: value for name, value in body.items() if value is not None}
    problem = (await synced.post("/templates/send", body)).refused(422, "VALIDATION_FAILED")
    assert problem["errors"][0]["field"] == field
    async with acquired(synced.pool) as conn:
        assert await conn.fetchval("select count(*) from message_log") == 0


async def test_what_is_disabled_here_stays_so_through_a_sync_until_it_is_lifted(synced: Api):
    found = await template(synced, "hello_world")
    path, send = f"/templates/{found['id']}", {"name": "hello_world", "to": "+393331234567"}
    assert (await synced.delete(path)).ok()["status"] == "DISABLED"
    (await synced.post("/templates/sync")).ok()
    assert (await template(synced, "hello_world"))["status"] == "DISABLED"
    (await synced.post("/templates/send", send)).refused(409, "CONFLICT")
    assert (await synced.patch(path, {"status": None})).ok()["status"] == "APPROVED"
    (await synced.post("/templates/send", send)).ok(202)
    assert (await synced.patch(path, {"status": "DISABLED"})).ok()["status"] == "DISABLED"
    (await synced.patch(path, {"status": "APPROVED"})).refused(422, "VALIDATION_FAILED")


async def test_a_new_template_is_submitted_and_cannot_be_sent_yet(synced: Api):
    created = (await synced.as_("MANAGER").post("/templates", NEW)).ok(201)
    assert (created["name"], created["status"], created["variables"]) == ("order_late", "PENDING", ["1", "2"])
    body = {"name": "order_late", "to": "+393331234567", "variables": ["Ada", "9"]}
    (await synced.post("/templates/send", body)).refused(409, "CONFLICT")
    refused = (await synced.post("/templates", NEW)).refused(422, "UPSTREAM_REFUSED")
    assert refused["meta_code"] > 0


async def test_deleting_at_meta_needs_an_admin_and_is_seen_by_the_next_sync(synced: Api):
    found = await template(synced, "order_ready")
    path = f"/templates/{found['id']}?at_meta=true"
    (await synced.as_("MANAGER").delete(path)).refused(403, "FORBIDDEN")
    (await synced.as_("ADMIN").delete(path)).ok()
    (await synced.post("/templates/sync")).ok()
    async with acquired(synced.pool) as conn:
        assert await conn.fetchval("select status from templates where id = $1", found["id"]) == "DELETED"


async def test_the_languages_are_listed_where_several_are_approved(synced: Api):
    async with acquired(synced.pool) as conn:
        await conn.execute(
            """insert into templates (organization_id, business_account_id, name, language, status, components)
               select organization_id, business_account_id, name, 'it', 'APPROVED', components
               from templates where name = 'hello_world'"""
        )
    body = {"name": "hello_world", "to": "+393331234567"}
    problem = (await synced.post("/templates/send", body)).refused(422, "VALIDATION_FAILED")
    assert "en_US, it" in problem["detail"]
    async with acquired(synced.pool) as conn:
        await conn.execute("update organizations set default_template_language = 'it'")
    sent = (await synced.post("/templates/send", body)).ok(202)
    message = (await synced.get(f"/messages/{sent['id']}")).ok()
    assert message["content"]["language"] == {"code": "it"}


async def test_a_name_means_the_template_of_the_sending_numbers_account(synced: Api):
    """Two accounts of one organization may each have a template of that name."""
    second = {"id": "200", "business_account_id": "55", "phone": "+390612345679", "token": "EAA"}
    (await synced.post("/numbers", second)).ok(201)
    (await synced.post("/templates/sync", {"business_account_id": "55"})).ok()
    assert (await synced.get("/templates?name=hello_world")).ok()["total"] == 2
    ask = {"name": "hello_world", "to": "+393331234567"}
    bulk = {"template": {"name": "hello_world"}, "recipients": [{"to": "+393331234567"}]}
    for number in (NUMBER, "200"):
        (await synced.post("/templates/send", ask | {"phone_number_id": number})).ok(202)
        report = (await synced.post("/messages/bulk", bulk | {"phone_number_id": number})).ok(202)
        assert report["accepted"] == 1
    refused = (await synced.post("/templates/send", ask)).refused(422, "VALIDATION_FAILED")
    assert refused["errors"][0]["field"] == "phone_number_id"
    [own] = [row for row in (await synced.get("/templates")).ok()["data"] if row["business_account_id"] == "55"][:1]
    foreign = {"template_id": own["id"], "to": "+393331234567", "phone_number_id": NUMBER}
    assert "account" in (await synced.post("/templates/send", foreign)).refused(422, "VALIDATION_FAILED")["detail"]


async def test_a_language_that_is_not_there_is_answered_by_those_that_are(synced: Api):
    ask = {"name": "hello_world", "language": "it", "to": "+393331234567"}
    assert "en_US" in (await synced.post("/templates/send", ask)).refused(422, "VALIDATION_FAILED")["detail"]
