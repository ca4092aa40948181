"""Who gets in, and what they are told when they do not."""

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import Api, make_key


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer clb_000000000000_" + "0" * 48],
)
async def test_without_a_living_key_nothing_is_told(api: Api, header):
    headers = {} if header is None else {"Authorization": header}
    async with api.session.get(f"{api.base}/api/v1/messages", headers=headers) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await response.json(content_type=None))["errorCode"] == "UNAUTHORIZED"


@pytest.mark.parametrize("change", ["expires_at = now()", "revoked_at = now()"])
async def test_a_key_that_is_over_opens_nothing(api: Api, change):
    async with acquired(api.pool) as conn:
        await conn.execute(f"update api_keys set {change} where name = 'SELLER'")
    (await api.as_("SELLER").get("/messages")).refused(401, "UNAUTHORIZED")
    (await api.as_("MANAGER").get("/messages")).ok()


async def test_the_key_of_a_deleted_organization_opens_nothing(api: Api):
    async with acquired(api.pool) as conn:
        await conn.execute("update organizations set deleted_at = now() where name = 'other'")
    (await api.as_("OTHER").get("/messages")).refused(401, "UNAUTHORIZED")


async def test_naming_another_organization_is_refused(api: Api):
    headers = {"X-Organization-Id": str(api.organization + 1)}
    (await api.get("/messages", headers=headers)).refused(403, "ORGANIZATION_MISMATCH")
    (await api.get("/messages", headers={"X-Organization-Id": str(api.organization)})).ok()


async def test_two_keys_are_valid_at_once_and_their_last_use_is_known(api: Api):
    async with acquired(api.pool) as conn:
        api.keys["second"] = await make_key(conn, api.organization, "OWNER")
    (await api.get("/messages")).ok()
    (await api.as_("second").get("/messages")).ok()
    async with acquired(api.pool) as conn:
        used = await conn.fetchval("select count(last_used_at) from api_keys where role = 'OWNER'")
    assert used == 2


async def test_messages_of_another_organization_do_not_exist(api: Api):
    message = {"to": "+393331234567", "type": "text", "text": {"body": "mine"}}
    sent = (await api.post("/messages", message)).ok(202)
    other = api.as_("OTHER")
    assert (await other.get("/messages")).ok()["total"] == 0
    (await other.get(f"/messages/{sent['id']}")).refused(404, "NOT_FOUND")
    foreign = {**message, "phone_number_id": "106540352242922"}
    (await other.post("/messages", foreign)).refused(422, "VALIDATION_FAILED")


@pytest.mark.parametrize("path", ["/nothing", "/messages/0", "/messages/abc", "/messages/" + "9" * 30, "/messages/%00"])
async def test_what_is_not_there_is_a_problem_document(api: Api, path):
    (await api.get(path)).refused(404, "NOT_FOUND")


async def test_a_wrong_method_names_the_right_ones(api: Api):
    answered = await api.call("PUT", "/messages")
    answered.refused(405, "METHOD_NOT_ALLOWED")
    assert "GET" in answered.headers["Allow"]
