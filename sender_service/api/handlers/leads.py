"""Leads and their notes."""

from typing import Any

from sender_service import phone
from sender_service.api.ids import path_id
from sender_service.api.lists import as_read, newest
from sender_service.api.paging import Paging
from sender_service.api.problems import invalid, not_found
from sender_service.api.route import Call, Nothing, Ready
from sender_service.api.shapes.people import LeadChange, LeadQuery, NewNote
from sender_service.store import audit, sales, users
from sender_service.store.database import Connection
from sender_service.store.sales import LeadEdit, LeadFilters
from sender_service.store.tenancy import acting, reading


async def find(call: Call[LeadQuery, Nothing]) -> Ready:
    """The leads of the organization, newest first."""
    query = call.query
    filters = LeadFilters(
        status=query.status,
        pipeline_id=query.pipeline_id,
        stage_id=query.stage_id,
        assigned_to_id=query.assigned_to_id,
        phone=phone.fold(query.phone.lstrip("+")) if query.phone else None,
    )
    async with reading(call.runtime.readers, call.organization_id) as conn:
        return Ready(await newest(conn, call, sales.page, sales.count, filters, shown=as_read))


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One lead."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await _found(conn, call.organization_id, path_id(call.path["id"], "lead"))


async def edit(call: Call[Nothing, LeadChange]) -> dict[str, Any]:
    """Change a lead; its pipeline is that of the stage it is put in."""
    body = call.body
    lead_id = path_id(call.path["id"], "lead")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        pipeline_id = None
        if body.stage_id is not None:
            pipeline_id = await sales.stage_pipeline(conn, call.organization_id, body.stage_id)
            if pipeline_id is None:
                raise invalid("stage_id", "is not a stage of this organization")
        if body.assigned_to_id is not None and await users.get(conn, call.organization_id, body.assigned_to_id) is None:
            raise invalid("assigned_to_id", "is not a user of this organization")
        change = LeadEdit(**body.model_dump(), pipeline_id=pipeline_id, cleared=body.cleared())
        if not await sales.edit(conn, call.organization_id, lead_id, change):
            raise not_found("lead")
        fields = sorted(body.model_fields_set)
        await audit.record(conn, call.actor, "lead.changed", f"lead:{lead_id}", fields=fields)
        return await _found(conn, call.organization_id, lead_id)


async def notes(call: Call[Paging, Nothing]) -> dict[str, Any]:
    """The notes of a lead, newest first."""
    lead_id = path_id(call.path["id"], "lead")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        await _found(conn, call.organization_id, lead_id)
        return await newest(conn, call, sales.notes, sales.count_notes, lead_id)


async def add_note(call: Call[Nothing, NewNote]) -> dict[str, Any]:
    """Write a note by hand."""
    lead_id = path_id(call.path["id"], "lead")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await sales.add_note(
            conn,
            call.organization_id,
            lead_id,
            call.body.text,
            is_private=call.body.is_private,
            author=call.actor.name,
        )
    if row is None:
        raise not_found("lead")
    return dict(row)


async def _found(conn: Connection, organization_id: int, lead_id: int) -> dict[str, Any]:
    row = await sales.get(conn, organization_id, lead_id)
    if row is None:
        raise not_found("lead")
    return dict(row)
