"""Files: uploaded to be sent, and read back; their names are the server's, their bytes are never run by a browser."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sender_service.api.endpoint import BODY_SECONDS
from sender_service.api.handlers.send import with_number
from sender_service.api.ids import path_id
from sender_service.api.meta import told
from sender_service.api.problems import Problem, invalid, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.media import UploadQuery
from sender_service.cloud_api import media as remote
from sender_service.cloud_api import media_limits
from sender_service.media_store import new_path
from sender_service.number_check import NumberCheck
from sender_service.store import numbers, uploads
from sender_service.store.tenancy import acting
from sender_service.store.uploads import Upload

CHUNK = 1 << 16
LEFT_AT_LEAST = timedelta(days=7)


@dataclass(slots=True)
class _Incoming:
    """A request's body, measured while it passes; what is longer than Meta takes is cut off at once."""

    request: web.Request
    most: int
    size: int = 0
    digest: Any = field(default_factory=sha256)

    async def chunks(self) -> AsyncIterator[bytes]:
        body = self.request.content.iter_chunked(CHUNK)
        while chunk := await _within(anext(body, b"")):
            self.size += len(chunk)
            if self.size > self.most:
                raise Problem("PAYLOAD_TOO_LARGE", f"at most {self.most} bytes for this type")
            self.digest.update(chunk)
            yield chunk


async def _within(read: Awaitable[bytes]) -> bytes:
    """What comes in time: a body that stands still would hold its file open for ever."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await read
    except TimeoutError:
        raise Problem("BAD_REQUEST", "the body did not arrive in time") from None


async def upload(call: Call[UploadQuery, Nothing]) -> dict[str, Any]:
    """Keep a file and give it to Meta; the answer's `meta_id` goes into messages. Known content is not given twice."""
    mime_type = call.request.content_type
    kind = media_limits.kind_of(mime_type)
    if kind is None:
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "Meta does not take files of this type")
    named = await with_number(call.runtime, call.organization_id, {"phone_number_id": call.query.phone_number_id})
    number = named["phone_number_id"]
    token = await _token(call, number)
    incoming, path = _Incoming(call.request, media_limits.MOST[kind]), new_path(call.organization_id)
    async with AsyncExitStack() as undo:
        undo.push_async_callback(call.runtime.files.delete, path)
        await call.runtime.files.put(path, incoming.chunks())
        if unfit := media_limits.check(mime_type, incoming.size, animated=True):
            raise invalid(unfit.field, unfit.problem)
        if again := await _known(call, number, incoming.digest.digest(), mime_type):
            return again
        meta_id = await _given(call, number, token, path)
        kept = Upload(
            phone_number_id=number,
            meta_id=meta_id,
            type=kind,
            mime_type=mime_type,
            sha256=incoming.digest.digest(),
            size=incoming.size,
            filename=call.query.filename,
            path=path,
        )
        async with acting(call.runtime.pool, call.organization_id) as conn:
            media_id = await uploads.insert_upload(conn, call.organization_id, kept)
        undo.pop_all()
    return {"id": media_id, "meta_id": meta_id, "type": kind, "mime_type": mime_type, "size": incoming.size}


async def _given(call: Call[UploadQuery, Nothing], number: str, token: str, path: str) -> str:
    """Meta's id of the file."""
    with told():
        return await remote.upload(
            call.runtime.graph,
            number,
            token,
            content=call.runtime.files.get(path),
            mime_type=call.request.content_type,
            filename=call.query.filename,
        )


async def _known(call: Call[UploadQuery, Nothing], number: str, sha256: bytes, mime_type: str) -> dict[str, Any] | None:
    """The same content, uploaded before under an id that outlives a message waiting in the queue."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await uploads.known(conn, call.organization_id, number, sha256, mime_type=mime_type, left=LEFT_AT_LEAST)
    return dict(row) if row is not None else None


async def get(call: Call[Nothing, Nothing]) -> web.StreamResponse:
    """The bytes of a kept file, as an attachment that nobody sniffs."""
    media_id = path_id(call.path["id"], "file")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await uploads.get(conn, call.organization_id, media_id)
    if row is None or row["status"] != "stored":
        raise not_found("file")
    chunks = call.runtime.files.get(row["path"])
    try:
        first = await anext(chunks, b"")
    except FileNotFoundError:
        raise not_found("file") from None
    response = web.StreamResponse(headers=_headers(dict(row), media_id))
    await response.prepare(call.request)
    await response.write(first)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


def _headers(row: dict[str, Any], media_id: int) -> dict[str, str]:
    name = quote(row["filename"] or f"{row['type']}-{media_id}")
    headers = {
        "Content-Type": row["mime_type"] or "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    return headers | ({"Content-Length": str(row["size"])} if row["size"] is not None else {})


async def _token(call: Call[UploadQuery, Nothing], number: str) -> str:
    check = NumberCheck(call.runtime.pool, call.runtime.graph, call.runtime.tokens)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        if number not in await numbers.ids(conn, call.organization_id):
            raise invalid("phone_number_id", "is not a number of this organization")
    _, token, finding = await check.token(call.organization_id, number)
    if token is None:
        raise Problem("CONFLICT", finding.sentence)
    return token
