"""The organization, its pipelines and its audit log over HTTP."""

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api


async def test_the_organization_is_read_by_everybody_and_changed_by_admins(api: Api):
    assert (await api.as_("SELLER").get("/organization")).ok()["name"] == "mine"
    change = {"language": "it", "default_country": "IT", "default_template_language": "es_MX"}
    (await api.as_("MANAGER").patch("/organization", change)).refused(403, "FORBIDDEN")
    changed = (await api.as_("ADMIN").patch("/organization", change)).ok()
    assert {name: changed[name] for name in change} == change
    assert changed["name"] == "mine"
    cleared = (await api.patch("/organization", {"default_country": None, "name": None})).ok()
    assert (cleared["default_country"], cleared["default_template_language"]) == (None, "es_MX")
    assert cleared["name"] == "mine"
    assert (await api.as_("OTHER").get("/organization")).ok()["language"] == "en"


async def test_the_name_of_another_organization_cannot_be_taken(api: Api):
    (await api.patch("/organization", {"name": "other"})).refused(409, "CONFLICT")
    assert (await api.get("/organization")).ok()["name"] == "mine"
    assert (await api.get("/audit-log")).ok()["total"] == 0


async def test_a_pipeline_is_made_renamed_and_ordered_anew(api: Api):
    made = (await api.post("/pipelines", {"name": "Sales", "stages": [{"name": "A"}, {"name": "B"}]})).ok(201)
    a, b = made["stages"]
    change = {
        "name": "Sales 2",
        "stages": [{"id": b["id"], "name": "Bee"}, {"name": "C"}, {"id": a["id"], "name": "A"}],
    }
    changed = (await api.patch(f"/pipelines/{made['id']}", change)).ok()
    assert changed["name"] == "Sales 2"
    assert [stage["name"] for stage in changed["stages"]] == ["Bee", "C", "A"]
    assert [stage["position"] for stage in changed["stages"]] == [1, 2, 3]
    assert {stage["id"] for stage in changed["stages"]} > {a["id"], b["id"]}
    only = (await api.patch(f"/pipelines/{made['id']}", {"stages": [{"id": a["id"], "name": "A"}]})).ok()
    assert [stage["id"] for stage in only["stages"]] == [a["id"]]
    assert (await api.get(f"/pipelines/{made['id']}")).ok() == only


async def test_there_is_always_one_default_pipeline(api: Api):
    made = (await api.post("/pipelines", {"name": "New", "stages": [{"name": "A"}], "is_default": True})).ok(201)
    rows = (await api.get("/pipelines")).ok()["data"]
    assert [row["id"] for row in rows if row["is_default"]] == [made["id"]]
    assert len(rows) == 2
    old = rows[1]["id"]
    (await api.patch(f"/pipelines/{old}", {"is_default": True})).ok()
    assert [row["id"] for row in (await api.get("/pipelines")).ok()["data"] if row["is_default"]] == [old]


async def test_a_stage_with_leads_stays(api: Api):
    made = (await api.post("/pipelines", {"name": "Sales", "stages": [{"name": "A"}, {"name": "B"}]})).ok(201)
    a, b = made["stages"]
    async with acquired(api.pool) as conn:
        await conn.execute(
            "insert into leads (organization_id, name, pipeline_id, stage_id) values ($1, 'x', $2, $3)",
            api.organization, made["id"], a["id"],
        )  # fmt: skip
    keep_b = {"stages": [{"id": b["id"], "name": "B"}]}
    (await api.patch(f"/pipelines/{made['id']}", keep_b)).refused(409, "CONFLICT")
    assert len((await api.get(f"/pipelines/{made['id']}")).ok()["stages"]) == 2


@pytest.mark.parametrize("stages", [[], [{"id": 1, "name": "of another pipeline"}], [{"name": ""}]])
async def test_stages_that_cannot_be_are_refused(api: Api, stages):
    made = (await api.post("/pipelines", {"name": "Sales", "stages": [{"name": "A"}]})).ok(201)
    (await api.patch(f"/pipelines/{made['id']}", {"stages": stages})).refused(422, "VALIDATION_FAILED")


async def test_a_pipeline_of_another_organization_does_not_exist(api: Api):
    made = (await api.post("/pipelines", {"name": "Sales", "stages": [{"name": "A"}]})).ok(201)
    (await api.as_("OTHER").get(f"/pipelines/{made['id']}")).refused(404, "NOT_FOUND")
    (await api.as_("OTHER").patch(f"/pipelines/{made['id']}", {"name": "x"})).refused(404, "NOT_FOUND")
    (await api.as_("SELLER").patch(f"/pipelines/{made['id']}", {"name": "x"})).refused(403, "FORBIDDEN")


async def test_the_audit_log_names_actor_action_and_object(api: Api):
    (await api.as_("ADMIN").patch("/organization", {"language": "es"})).ok()
    made = (await api.as_("MANAGER").post("/pipelines", {"name": "Sales", "stages": [{"name": "A"}]})).ok(201)
    newest, oldest = (await api.as_("ADMIN").get("/audit-log")).ok()["data"]
    assert (newest["action"], newest["object"]) == ("pipeline.created", f"pipeline:{made['id']}")
    assert (oldest["action"], oldest["details"]) == ("organization.edited", {"fields": ["language"]})
    assert newest["actor"].startswith("key:")
    assert newest["actor"] != oldest["actor"]
    narrowed = (await api.get("/audit-log?action=pipeline.created&limit=1")).ok()
    assert (narrowed["total"], narrowed["next"]) == (1, None)
    (await api.as_("MANAGER").get("/audit-log")).refused(403, "FORBIDDEN")
    assert (await api.as_("OTHER").get("/audit-log")).ok()["total"] == 0


async def test_health_says_in_plain_words_what_is_missing(api: Api):
    seller = api.as_("SELLER")
    before = (await seller.get("/health")).ok()
    assert (before["status"], before["is_configured"]) == ("unhealthy", False)
    assert before["message"] == f"number {NUMBER}: there is no access token for this number: set one"
    (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA"})).ok()
    ready = {"status": "healthy", "is_configured": True, "message": "WhatsApp integration ready"}
    assert (await seller.get("/health")).ok() == ready
    (await api.post(f"/numbers/{NUMBER}/pause", {"reason": "stocktaking"})).ok()
    assert (await seller.get("/health")).ok()[
        "message"
    ] == f"number {NUMBER} is paused (stocktaking): POST numbers/{NUMBER}/resume"
    (await api.post(f"/numbers/{NUMBER}/resume")).ok()
    assert (await seller.get("/health")).ok() == ready


async def test_an_owner_closes_the_organization_by_typing_its_name(api: Api):
    waiting = (await api.post("/messages", {"to": "+393331234567", "type": "text", "text": {"body": "x"}})).ok(202)
    (await api.as_("ADMIN").delete("/organization?confirm=mine")).refused(403, "FORBIDDEN")
    (await api.delete("/organization")).refused(422, "VALIDATION_FAILED")
    (await api.delete("/organization?confirm=Mine")).refused(422, "VALIDATION_FAILED")
    assert (await api.delete("/organization?confirm=mine")).ok() == {"id": api.organization, "cancelled": 1}
    for who in ("OWNER", "ADMIN", "SELLER"):
        (await api.as_(who).get("/messages")).refused(401, "UNAUTHORIZED")
    async with acquired(api.pool) as conn:
        assert await conn.fetchval("select status from message_log where id = $1", waiting["id"]) == "cancelled"
        assert await conn.fetchval("select pause_reason from phone_numbers where id = $1", NUMBER) is not None
        assert await conn.fetchval("select count(*) from audit_log where action = 'organization.deleted'") == 1
    assert (await api.as_("OTHER").get("/organization")).ok()["name"] == "other"


async def test_the_organization_is_handed_over_to_one_of_its_people(api: Api):
    people = [
        (await api.post("/users", {"email": f"{role}@x.it", "name": role, "role": role})).ok(201)
        for role in ("OWNER", "SELLER")
    ]
    heir = {"user_id": people[1]["id"]}
    (await api.as_("ADMIN").post("/organization/transfer", heir)).refused(403, "FORBIDDEN")
    (await api.post("/organization/transfer", {"user_id": 4711})).refused(422, "VALIDATION_FAILED")
    assert (await api.post("/organization/transfer", heir)).ok()["role"] == "OWNER"
    roles = {row["name"]: row["role"] for row in (await api.get("/users")).ok()["data"]}
    assert roles == {"OWNER": "ADMIN", "SELLER": "OWNER"}
    (await api.patch(f"/users/{people[0]['id']}", {"disabled": True})).ok()
    (await api.post("/organization/transfer", {"user_id": people[0]["id"]})).refused(409, "CONFLICT")
