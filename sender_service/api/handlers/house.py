"""The organization itself, and what was done in it."""

from typing import Any

from sender_service.api.lists import newest
from sender_service.api.problems import Problem, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.house import AuditQuery, OrganizationChange
from sender_service.errors import NameTaken
from sender_service.store import audit, organizations
from sender_service.store.tenancy import acting


async def organization(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """The organization of the key."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await organizations.get(conn, call.organization_id)
    if row is None:
        raise not_found("organization")
    return dict(row)


async def edit(call: Call[Nothing, OrganizationChange]) -> dict[str, Any]:
    """Change what is given."""
    change = call.body.model_dump(exclude_none=True)
    try:
        async with acting(call.runtime.pool, call.organization_id) as conn:
            row = await organizations.edit(conn, call.organization_id, **change)
            fields = sorted(change)
            await audit.record(
                conn, call.actor, "organization.edited", f"organization:{call.organization_id}", fields=fields
            )
    except NameTaken:
        raise Problem("CONFLICT", "this name cannot be used") from None
    if row is None:
        raise not_found("organization")
    return dict(row)


async def audit_log(call: Call[AuditQuery, Nothing]) -> dict[str, Any]:
    """What was done, newest first."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(conn, call, audit.page, audit.count, action=call.query.action, actor=call.query.actor)
