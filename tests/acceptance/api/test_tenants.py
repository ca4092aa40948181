"""API keys and people."""

import asyncio

import pytest

from sender_service import passwords
from sender_service.store.database import acquired
from tests.acceptance.api.conftest import Api


async def test_a_key_is_shown_once_works_at_once_and_is_revoked_for_good(api: Api):
    made = (await api.as_("ADMIN").post("/api-keys", {"name": "shop", "role": "SELLER"})).ok(201)
    api.keys["shop"] = made["key"]
    (await api.as_("shop").get("/messages")).ok()
    listed = (await api.get("/api-keys")).ok()
    assert listed["total"] == 5
    assert "key" not in listed["data"][0]
    assert listed["data"][0]["last_used_at"] is not None
    revoked = (await api.delete(f"/api-keys/{made['id']}")).ok()
    assert revoked["revoked_at"] is not None
    (await api.as_("shop").get("/messages")).refused(401, "UNAUTHORIZED")
    async with acquired(api.pool) as conn:
        actions = await conn.fetchval("select array_agg(action order by id) from audit_log")
    assert actions == ["api_key.created", "api_key.revoked"]


async def test_nobody_makes_or_revokes_a_key_above_their_own_role(api: Api):
    admin = api.as_("ADMIN")
    (await admin.post("/api-keys", {"name": "x", "role": "OWNER"})).refused(403, "FORBIDDEN")
    owners = [key["id"] for key in (await api.get("/api-keys")).ok()["data"] if key["role"] == "OWNER"]
    (await admin.delete(f"/api-keys/{owners[0]}")).refused(403, "FORBIDDEN")
    (await api.get("/messages")).ok()


async def test_a_key_of_another_organization_cannot_be_revoked(api: Api):
    async with acquired(api.pool) as conn:
        foreign = await conn.fetchval("select id from api_keys where organization_id <> $1", api.organization)
    (await api.delete(f"/api-keys/{foreign}")).refused(404, "NOT_FOUND")


@pytest.mark.parametrize(
    "change", [{"expires_at": "2020-01-01T00:00:00Z"}, {"role": "KING"}, {"name": ""}, {"extra": 1}]
)
async def test_a_key_that_makes_no_sense_is_refused(api: Api, change):
    (await api.post("/api-keys", {"name": "x", "role": "SELLER", **change})).refused(422, "VALIDATION_FAILED")


async def test_a_person_is_added_with_a_hashed_password(api: Api):
    body = {"email": "anna@example.com", "name": "Anna", "role": "SELLER", "password": "correct horse battery"}
    user = (await api.post("/users", body)).ok(201)
    assert "password" not in str(user)
    async with acquired(api.pool) as conn:
        stored = await conn.fetchval("select password_hash from users where id = $1", user["id"])
    assert stored.startswith("$argon2id$")
    assert await passwords.opens("correct horse battery", stored)
    assert not await passwords.opens("wrong", stored)
    (await api.post("/users", {**body, "email": "ANNA@example.com"})).refused(409, "CONFLICT")
    assert (await api.get(f"/users/{user['id']}")).ok() == user


async def test_the_last_owner_stays_one(api: Api):
    first = (await api.post("/users", {"email": "a@example.com", "name": "A", "role": "OWNER"})).ok(201)
    path = f"/users/{first['id']}"
    (await api.patch(path, {"role": "ADMIN"})).refused(409, "CONFLICT")
    (await api.patch(path, {"disabled": True})).refused(409, "CONFLICT")
    (await api.post("/users", {"email": "b@example.com", "name": "B", "role": "OWNER"})).ok(201)
    assert (await api.patch(path, {"role": "ADMIN"})).ok()["role"] == "ADMIN"


async def test_an_admin_does_not_touch_owners(api: Api):
    owner = (await api.post("/users", {"email": "a@example.com", "name": "A", "role": "OWNER"})).ok(201)
    admin = api.as_("ADMIN")
    (await admin.patch(f"/users/{owner['id']}", {"name": "Mallory"})).refused(403, "FORBIDDEN")
    (await admin.post("/users", {"email": "c@example.com", "name": "C", "role": "OWNER"})).refused(403, "FORBIDDEN")
    disabled = (await admin.post("/users", {"email": "d@example.com", "name": "D", "role": "MANAGER"})).ok(201)
    row = (await admin.patch(f"/users/{disabled['id']}", {"disabled": True})).ok()
    assert row["disabled_at"] is not None
    assert (await admin.patch(f"/users/{disabled['id']}", {"disabled": False})).ok()["disabled_at"] is None


async def test_two_owners_cannot_step_down_past_each_other(api: Api):
    """Each sees the other one as the owner who stays."""
    for round_ in range(5):
        made = [
            (await api.post("/users", {"email": f"{round_}{name}@x.it", "name": name, "role": "OWNER"})).ok(201)["id"]
            for name in ("ada", "bo")
        ]
        answered = await asyncio.gather(*(api.patch(f"/users/{one}", {"role": "ADMIN"}) for one in made))
        assert sorted(answer.status for answer in answered) == [200, 409]
        async with acquired(api.pool) as conn:
            await conn.execute("delete from users")
