"""Lists of recipients as an upload, read line by line: however long the upload, one line is in memory."""

import asyncio
import csv
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web
from pydantic import TypeAdapter

from sender_service.api.endpoint import BODY_SECONDS
from sender_service.api.problems import Problem
from sender_service.api.shapes.campaigns import RecipientRow
from sender_service.api.spreadsheet import cells, columns_of

MAX_UPLOAD = 64 << 20
MAX_LINE = 16 << 10
_ROW: TypeAdapter[Any] = TypeAdapter(str | RecipientRow)
_ROW_FIELDS = frozenset({"to", "recipient", "lead_id"})


async def chunks(rows: AsyncIterator[Any], size: int) -> AsyncIterator[list[Any]]:
    """The rows, so many at a time."""
    chunk: list[Any] = []
    async for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def uploaded(request: web.Request) -> AsyncIterator[Any]:
    """The rows of a CSV (its first line names the columns) or of newline-delimited JSON; None for what is no row."""
    if request.content_type not in {"text/csv", "application/x-ndjson"}:
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "send text/csv or application/x-ndjson")
    columns: list[str] | None = None
    delimiter = ","
    async for line in _lines(request):
        if request.content_type == "text/csv" and columns is None:
            columns, delimiter = columns_of(line)
            continue
        try:
            row = orjson.loads(line) if columns is None else _from_cells(columns, cells(line, delimiter))
            yield _ROW.validate_python(row)
        except (ValueError, csv.Error):
            yield None


async def _lines(request: web.Request) -> AsyncIterator[str]:
    """Lines that are not empty, bounded in size, each within a time."""
    size = 0
    while True:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                raw = await request.content.readline()
        except TimeoutError:
            raise Problem("BAD_REQUEST", "the body did not arrive in time") from None
        except ValueError:
            raw = b"x" * (MAX_LINE + 1)
        if not raw:
            return
        if len(raw) > MAX_LINE:
            raise Problem("BAD_REQUEST", f"a line has at most {MAX_LINE} bytes")
        size += len(raw)
        if size > MAX_UPLOAD:
            raise Problem("PAYLOAD_TOO_LARGE", f"at most {MAX_UPLOAD} bytes")
        if line := raw.decode("utf-8-sig", "replace").replace("\x00", "").strip():
            yield line


def _from_cells(columns: Sequence[str], found: Sequence[str]) -> Mapping[str, Any]:
    """Columns that are no field are variables; an empty cell is none."""
    given = {name: cell for name, cell in zip(columns, found, strict=False) if cell}
    row: dict[str, Any] = {name: given[name] for name in _ROW_FIELDS if name in given}
    if "lead_id" in row:
        row["lead_id"] = int(row["lead_id"])
    variables = {name: cell for name, cell in given.items() if name not in _ROW_FIELDS}
    return {**row, "variables": variables} if variables else row
