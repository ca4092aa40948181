"""The organization itself, and what was done in it."""

from typing import Any

from sender_service.api.ids import row_id
from sender_service.api.paging import capped, decode_cursor, listing
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
    query = call.query
    key = decode_cursor(query.cursor, row_id)
    before = key[0] if key else None
    chosen = {"action": query.action, "actor": query.actor}
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await audit.page(
            conn, call.organization_id, **chosen, before=before, limit=query.limit, offset=query.offset
        )
        total = capped(await audit.count(conn, call.organization_id, **chosen))
    return listing([dict(row) for row in rows], total, query, lambda row: (row["id"],))
