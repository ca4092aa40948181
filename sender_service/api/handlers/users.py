"""People of the organization: whom conversations are given to, and who may log in to the console."""

from typing import Any

from sender_service import passwords
from sender_service.access import Role
from sender_service.api.ids import path_id
from sender_service.api.lists import newest
from sender_service.api.paging import Paging
from sender_service.api.problems import Problem, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.tenants import NewUser, UserChange
from sender_service.store import audit, users
from sender_service.store.database import Connection
from sender_service.store.tenancy import acting


async def find(call: Call[Paging, Nothing]) -> dict[str, Any]:
    """The people of the organization, newest first."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(conn, call, users.page, users.count)


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One person."""
    user_id = path_id(call.path["id"], "user")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await users.get(conn, call.organization_id, user_id)
    if row is None:
        raise not_found("user")
    return dict(row)


async def create(call: Call[Nothing, NewUser]) -> dict[str, Any]:
    """Add a person of at most the asking key's own role."""
    body = call.body
    _within(call, body.role)
    hashed = await passwords.hash_password(body.password) if body.password else None
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await users.insert(
            conn, call.organization_id, email=body.email, name=body.name, role=body.role, password_hash=hashed
        )
        if row is None:
            raise Problem("CONFLICT", "email: somebody of this organization has it already")
        await audit.record(conn, call.actor, "user.created", f"user:{row['id']}", role=body.role)
    return dict(row)


async def edit(call: Call[Nothing, UserChange]) -> dict[str, Any]:
    """Change name, role or password of a person, or lock them out; the last owner stays one."""
    body = call.body
    user_id = path_id(call.path["id"], "user")
    hashed = await passwords.hash_password(body.password) if body.password else None
    async with acting(call.runtime.pool, call.organization_id) as conn:
        before = await users.get(conn, call.organization_id, user_id)
        if before is None:
            raise not_found("user")
        _within(call, before["role"])
        _within(call, body.role or before["role"])
        loses_owner = before["role"] == "OWNER" and (body.disabled or (body.role or "OWNER") != "OWNER")
        await _keep_an_owner(conn, call.organization_id, user_id, loses_owner=loses_owner)
        row = await users.edit(
            conn,
            call.organization_id,
            user_id,
            name=body.name,
            role=body.role,
            password_hash=hashed,
            disabled=body.disabled,
        )
        changed = sorted(body.model_fields_set)
        await audit.record(conn, call.actor, "user.changed", f"user:{user_id}", fields=changed, role=body.role)
    return {**before, **(row or {})}


def _within(call: Call[Any, Any], role: str) -> None:
    if not call.actor.may(Role[role]):
        raise Problem("FORBIDDEN", f"a key of the role {call.actor.role.name} may not touch the role {role}")


async def _keep_an_owner(conn: Connection, organization_id: int, user_id: int, *, loses_owner: bool) -> None:
    if loses_owner and await users.owners(conn, organization_id) <= {user_id}:
        raise Problem("CONFLICT", "the organization would be left without an owner")
