"""What nearly every list does: one page, newest first, with how many there are in all."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sender_service.api.ids import row_id
from sender_service.api.paging import capped, decode_cursor, listing, total_told
from sender_service.api.route import Call
from sender_service.store.database import Connection

Read = Callable[..., Awaitable[Sequence[Any]]]
Count = Callable[..., Awaitable[int]]


async def newest(
    conn: Connection,
    call: Call[Any, Any],
    read: Read,
    count: Count,
    *chosen: Any,
    shown: Callable[[Any], dict[str, Any]] = dict,
    **filters: Any,
) -> dict[str, Any]:
    """The page that the query asks for, by falling id; `read` and `count` get what the rows are chosen by."""
    query = call.query
    key = decode_cursor(query.cursor, row_id)
    before = key[0] if key else None
    rows = await read(
        conn, call.organization_id, *chosen, **filters, before=before, limit=query.limit, offset=query.offset
    )
    total = total_told(rows, query)
    if total is None:
        total = await count(conn, call.organization_id, *chosen, **filters)
    return listing([shown(row) for row in rows], capped(total), query, lambda row: (row["id"],))
