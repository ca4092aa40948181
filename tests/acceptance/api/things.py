"""One thing of everything an organization has."""

from typing import Any

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api

PERSON = "+393331234567"


async def made(api: Api) -> dict[str, Any]:
    """The id of one thing of the first organization, by the noun in the path."""
    (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA"})).ok()
    (await api.post("/templates/sync")).ok()
    message = (await api.post("/messages", {"to": PERSON, "type": "text", "text": {"body": "mine"}})).ok(202)
    user = (await api.post("/users", {"email": "a@x.it", "name": "Ada", "role": "SELLER"})).ok(201)
    key = (await api.post("/api-keys", {"name": "k", "role": "SELLER"})).ok(201)
    campaign = {"name": "c", "template": "hello_world", "recipients": [PERSON], "draft": True}
    picture = {"data": b"\xff\xd8\xff" + bytes(99), "headers": {"Content-Type": "image/jpeg"}}
    async with acquired(api.pool) as conn:
        insert = "insert into leads (organization_id, name, phone) values ($1, 'L', '393331234567') returning id"
        lead = await conn.fetchval(insert, api.organization)
        letter = await conn.fetchval(
            "insert into dead_letters (organization_id, source, reason, fingerprint, attempts, headers, body)"
            " values ($1, 'sender.webhooks', 'contract', '0123456789abcdef', 1, '{}', '{}') returning id",
            api.organization,
        )
    return {
        "messages": message["id"],
        "conversations": (await api.get("/conversations")).ok()["data"][0]["id"],
        "contacts": (await api.get("/contacts")).ok()["data"][0]["id"],
        "leads": lead,
        "api-keys": key["id"],
        "users": user["id"],
        "templates": (await api.get("/templates")).ok()["data"][0]["id"],
        "media": (await api.call("POST", "/media", **picture)).ok(201)["id"],
        "numbers": NUMBER,
        "dead-letters": letter,
        "campaigns": (await api.post("/campaigns", campaign)).ok(201)["id"],
        "pipelines": (await api.get("/pipelines")).ok()["data"][0]["id"],
    }
