"""API keys: made and shown once, listed without their secrets, revoked for good."""

from typing import Any

from sender_service.access import Role, new_key
from sender_service.api.ids import path_id
from sender_service.api.lists import newest
from sender_service.api.paging import Paging
from sender_service.api.problems import Problem, invalid, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.tenants import NewApiKey
from sender_service.store import api_keys, audit
from sender_service.store.tenancy import acting
from shared import clock


async def find(call: Call[Paging, Nothing]) -> dict[str, Any]:
    """Every key of the organization, also those that are over."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(conn, call, api_keys.page, api_keys.count)


async def create(call: Call[Nothing, NewApiKey]) -> dict[str, Any]:
    """Make a key of at most the asking key's own role."""
    role = Role[call.body.role]
    if not call.actor.may(role):
        raise Problem("FORBIDDEN", f"a key of the role {call.actor.role.name} cannot make one of the role {role.name}")
    if call.body.expires_at is not None and call.body.expires_at <= clock.now():
        raise invalid("expires_at", "is in the past")
    key = new_key()
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await api_keys.insert(
            conn,
            call.organization_id,
            name=call.body.name,
            role=role.name,
            prefix=key.prefix,
            secret_hash=key.hash,
            created_by=call.actor.name,
            expires_at=call.body.expires_at,
        )
        await audit.record(conn, call.actor, "api_key.created", f"api_key:{row['id']}", role=role.name)
    return {**row, "key": key.text}


async def revoke(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Close a key at once and for good."""
    key_id = path_id(call.path["id"], "API key")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await api_keys.revoke(conn, call.organization_id, key_id)
        if row is None:
            raise not_found("API key")
        if not call.actor.may(Role[row["role"]]):
            raise Problem(
                "FORBIDDEN", f"a key of the role {call.actor.role.name} cannot revoke one of the role {row['role']}"
            )
        await audit.record(conn, call.actor, "api_key.revoked", f"api_key:{key_id}")
    return dict(row)
