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
    shown: Callable[[Any], Any] = dict,
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
        total = among(rows)
    if total is None:
        total = await call.runtime.totals.counted(
            (count.__module__, call.organization_id, repr(chosen), repr(filters)),
            lambda: count(conn, call.organization_id, *chosen, **filters),
        )
    return listing([shown(row) for row in without_among(rows)], capped(total), query, lambda row: (row["id"],))


def as_read(row: Any) -> Any:
    """A row that its query has made what a list shows."""
    return row


def among(rows: Sequence[Any]) -> int | None:
    """How many there are in all, where the rows of a page say it."""
    return rows[0].get("among") if rows else None


def without_among(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows without it."""
    if among(rows) is None:
        return rows
    return [{name: value for name, value in row.items() if name != "among"} for row in rows]
