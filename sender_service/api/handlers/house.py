"""The organization itself, and what was done in it."""

from typing import Any

from sender_service.api.lists import newest
from sender_service.api.problems import Problem, invalid, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.house import AuditQuery, OrganizationChange, OrganizationDeletion, Transfer
from sender_service.errors import NameTaken
from sender_service.store import audit, numbers, organizations, send_queue, users
from sender_service.store.tenancy import acting

CANCELLED_AT_ONCE = 1000


async def organization(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """The organization of the key."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await organizations.get(conn, call.organization_id)
    if row is None:
        raise not_found("organization")
    return dict(row)


async def edit(call: Call[Nothing, OrganizationChange]) -> dict[str, Any]:
    """Change what is given."""
    change, cleared = call.body.model_dump(exclude_none=True), call.body.cleared()
    try:
        async with acting(call.runtime.pool, call.organization_id) as conn:
            row = await organizations.edit(conn, call.organization_id, **change, cleared=cleared)
            fields = sorted(call.body.model_fields_set)
            await audit.record(
                conn, call.actor, "organization.edited", f"organization:{call.organization_id}", fields=fields
            )
    except NameTaken:
        raise Problem("CONFLICT", "this name cannot be used") from None
    if row is None:
        raise not_found("organization")
    return dict(row)


async def delete(call: Call[OrganizationDeletion, Nothing]) -> dict[str, Any]:
    """Its rows stay for the record and their retention. Its name is free again; its numbers stay registered to it."""
    owner = call.organization_id
    async with acting(call.runtime.pool, owner) as conn:
        row = await organizations.get(conn, owner)
        if row is None:
            raise not_found("organization")
        if call.query.confirm != row["name"]:
            raise invalid("confirm", "is not the name of this organization")
        # A worker knows a number for as long as it runs: what comes for a paused one waits.
        for number in await numbers.ids(conn, owner):
            await numbers.pause(conn, owner, number, "the organization was deleted")
        await audit.record(conn, call.actor, "organization.deleted", f"organization:{owner}")
        await organizations.remove(conn, owner)
    return {"id": owner, "cancelled": await _cancelled(call)}


async def _cancelled(call: Call[Any, Any]) -> int:
    """How many waiting messages were cancelled, in transactions of a bounded size."""
    cancelled = 0
    while True:
        async with acting(call.runtime.pool, call.organization_id) as conn:
            gone = await send_queue.cancel_all(conn, call.organization_id, CANCELLED_AT_ONCE)
        cancelled += gone
        if gone < CANCELLED_AT_ONCE:
            return cancelled


async def transfer(call: Call[Nothing, Transfer]) -> dict[str, Any]:
    """One owner afterwards; keys keep their roles."""
    user_id = call.body.user_id
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await users.get(conn, call.organization_id, user_id)
        if row is None:
            raise invalid("user_id", "is not a user of this organization")
        if row["disabled_at"] is not None:
            raise Problem("CONFLICT", "user_id: this person is locked out")
        await users.make_owner(conn, call.organization_id, user_id)
        await audit.record(conn, call.actor, "organization.transferred", f"user:{user_id}")
    return {**row, "role": "OWNER"}


async def audit_log(call: Call[AuditQuery, Nothing]) -> dict[str, Any]:
    """What was done, newest first."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(conn, call, audit.page, audit.count, action=call.query.action, actor=call.query.actor)
