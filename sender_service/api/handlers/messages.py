"""Messages: list, one with its timeline and attempts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sender_service.api.ids import path_id, row_id
from sender_service.api.lists import among, without_among
from sender_service.api.paging import MAX_TOTAL, capped, decode_cursor, listing, total_told
from sender_service.api.problems import not_found
from sender_service.api.route import Call, Nothing, Ready
from sender_service.api.shapes.messages import MessageFilters, MessageQuery
from sender_service.store import history, search
from sender_service.store.database import Connection
from sender_service.store.history import Filters
from sender_service.store.tenancy import reading


async def find(call: Call[MessageQuery, Nothing]) -> Ready:
    """The messages that pass every filter, newest first."""
    async with reading(call.runtime.readers, call.organization_id) as conn:
        filters = await message_filters(conn, call.organization_id, call.query)
        return await message_page(conn, call, filters, call.query)


async def message_page(conn: Connection, call: Call[Any, Any], filters: Filters, query: MessageQuery) -> Ready:
    """One page of a list of messages. What has more than 10,000 rows is not counted again for a while."""
    organization_id, totals = call.organization_id, call.runtime.totals
    key = decode_cursor(query.cursor, row_id)
    before = key[0] if key else None
    counted = ("messages", organization_id, query.q, repr(filters))
    is_over = totals.is_over(counted)
    if query.q is not None and filters == Filters():
        rows, total = await _found(conn, organization_id, query, before, is_over=is_over)
    else:
        if query.q is not None:
            filters = await _with_words(conn, filters, query.q)
        rows = await history.page(conn, organization_id, filters, before=before, limit=query.limit, offset=query.offset)
        told = MAX_TOTAL + 1 if is_over else total_told(rows, query)
        total = await history.count(conn, organization_id, filters) if told is None else told
    total = totals.note(counted, total)
    return Ready(listing(without_among(rows), capped(total), query, lambda row: (row["id"],)))


async def _with_words(conn: Connection, filters: Filters, words: str) -> Filters:
    """In one person's messages the words are looked for one by one, else among the newest that hold them."""
    if filters.is_of_few:
        return replace(filters, words=words)
    return replace(filters, ids=await search.messages(conn, words))


async def _found(
    conn: Connection, organization_id: int, query: MessageQuery, before: int | None, *, is_over: bool
) -> tuple[Sequence[Any], int]:
    """One page of a search, and how many messages hold the words in all."""
    words, offset = query.q or "", query.offset

    async def page(*, all_of: int | None) -> Sequence[Any]:
        return await history.found(
            conn, organization_id, words, before=before, limit=query.limit, offset=offset, all_of=all_of
        )

    if is_over:
        return await page(all_of=None), MAX_TOTAL + 1
    rows = await page(all_of=MAX_TOTAL + 1)
    total = among(rows)
    if total is None:
        total = 0 if before is None and not offset else len(await search.messages(conn, words))
    if total > MAX_TOTAL and before is not None:
        rows = await page(all_of=None)
    return rows, total


async def get(call: Call[Nothing, Nothing]) -> Ready:
    """One message with everything known about its way."""
    message_id = path_id(call.path["id"], "message")
    async with reading(call.runtime.readers, call.organization_id) as conn:
        row = await history.detail(conn, call.organization_id, message_id)
        if row is None:
            raise not_found("message")
        timeline = await history.timeline(conn, call.organization_id, message_id)
        attempts = await history.attempts(conn, call.organization_id, message_id)
    return Ready({**row, "timeline": timeline, "attempts": attempts})


async def message_filters(conn: Connection, organization_id: int, query: MessageFilters) -> Filters:
    """The filters of a query; a contact stands for its conversations."""
    conversations = None
    if query.contact_id is not None:
        conversations = await history.conversations_of_contact(conn, organization_id, query.contact_id)
    filters = Filters(
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
    return await history.bounded(conn, organization_id, filters)
