"""Messages: list, one with its timeline and attempts."""

from dataclasses import replace
from typing import Any

from sender_service.api.ids import path_id, row_id
from sender_service.api.paging import capped, decode_cursor, listing
from sender_service.api.problems import not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.messages import MessageFilters, MessageQuery
from sender_service.store import history, search
from sender_service.store.database import Connection
from sender_service.store.history import Filters
from sender_service.store.tenancy import acting


async def find(call: Call[MessageQuery, Nothing]) -> dict[str, Any]:
    """The messages that pass every filter, newest first."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        filters = await message_filters(conn, call.organization_id, call.query)
        return await message_page(conn, call.organization_id, filters, call.query)


async def message_page(conn: Connection, organization_id: int, filters: Filters, query: MessageQuery) -> dict[str, Any]:
    """One page of a list of messages."""
    key = decode_cursor(query.cursor, row_id)
    before = key[0] if key else None
    if query.q is not None:
        filters = replace(filters, ids=await search.messages(conn, query.q))
    rows = await history.page(conn, organization_id, filters, before=before, limit=query.limit, offset=query.offset)
    total = capped(await history.count(conn, organization_id, filters))
    return listing([dict(row) for row in rows], total, query, lambda row: (row["id"],))


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One message with everything known about its way."""
    message_id = path_id(call.path["id"], "message")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await history.get(conn, call.organization_id, message_id)
        if row is None:
            raise not_found("message")
        timeline = await history.timeline(conn, call.organization_id, message_id)
        attempts = await history.attempts(conn, call.organization_id, message_id)
    return {**row, "timeline": timeline, "attempts": attempts}


async def message_filters(conn: Connection, organization_id: int, query: MessageFilters) -> Filters:
    """The filters of a query; a contact stands for its conversations."""
    conversations = None
    if query.contact_id is not None:
        conversations = await history.conversations_of_contact(conn, organization_id, query.contact_id)
    return Filters(
        lead_id=query.lead_id,
        conversation_id=query.conversation_id,
        conversations=conversations,
        direction=query.direction,
        status=query.status,
        type=query.type,
        campaign_id=query.campaign_id,
        phone_number_id=query.phone_number_id,
        since=query.since,
        until=query.until,
    )
