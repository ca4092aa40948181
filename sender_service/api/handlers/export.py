"""The history as a stream of CSV or NDJSON.

Page after page, each in a transaction of its own: memory stays flat and no slow reader holds a transaction open.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from csv import writer
from io import StringIO
from typing import Any

from aiohttp import web

from sender_service.api.handlers.messages import message_filters
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.messages import ExportQuery, Message
from sender_service.store import history
from sender_service.store.tenancy import acting

ROWS_AT_ONCE = 1000
COLUMNS = (
    "id", "created_at", "direction", "type", "status", "from", "to", "text", "template", "lead_id", "conversation_id",
    "contact_name", "campaign_id", "external_id", "sent_at", "delivered_at", "read_at", "failed_at", "error_code",
    "error_message",
)  # fmt: skip
# A spreadsheet runs a cell that begins so as a formula, some of them also with the wide forms of these signs.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


async def export(call: Call[ExportQuery, Nothing]) -> web.StreamResponse:
    """Everything that passes the filters, newest first."""
    kind = "text/csv" if call.query.format == "csv" else "application/x-ndjson"
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="messages.{call.query.format}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(call.request)
    if call.query.format == "csv":
        await response.write(_csv([COLUMNS]))
    async for rows in _pages(call):
        await response.write(_csv(map(_cells, rows)) if call.query.format == "csv" else _ndjson(rows))
    await response.write_eof()
    return response


async def _pages(call: Call[ExportQuery, Nothing]) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    before: int | None = None
    while not call.runtime.stopping.is_set():
        async with acting(call.runtime.pool, call.organization_id) as conn:
            filters = await message_filters(conn, call.organization_id, call.query)
            rows = await history.page(conn, call.organization_id, filters, before=before, limit=ROWS_AT_ONCE)
        yield [dict(row) for row in rows[:ROWS_AT_ONCE]]
        if len(rows) <= ROWS_AT_ONCE:
            return
        before = rows[ROWS_AT_ONCE - 1]["id"]


def _ndjson(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return b"".join(Message.model_validate(row).model_dump_json(by_alias=True).encode() + b"\n" for row in rows)


def _cells(row: Mapping[str, Any]) -> list[str]:
    error = row["error"] or {}
    row = {**row, "error_code": error.get("code"), "error_message": error.get("message")}
    return [cell(row[column]) for column in COLUMNS]


def cell(value: Any) -> str:
    """A value as a spreadsheet shows it and never as a formula."""
    if value is None:
        return ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _csv(rows: Any) -> bytes:
    text = StringIO()
    writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
