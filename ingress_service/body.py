"""Reading a request's body: the bytes as they came, not too many and not too slowly."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.web import RequestPayloadError

from ingress_service.errors import BODY_INCOMPLETE, BODY_TOO_LARGE, BODY_TOO_SLOW, ENCODING_UNSUPPORTED, Refused

MAX_BODY: Final = 4 * 1024 * 1024


def check_head(request: web.BaseRequest) -> None:
    """Refuse by the head alone what need not be read."""
    headers = request.headers
    if "Content-Encoding" in headers:
        raise Refused(ENCODING_UNSUPPORTED)
    length = request.content_length
    if length is not None and length > MAX_BODY:
        raise Refused(BODY_TOO_LARGE)


async def read(request: web.BaseRequest, timeout: float) -> bytes:
    """Read the whole body within so many seconds; stops at the first byte too many, however the body comes."""
    content = request.content
    if content.is_eof():
        # The usual case: the body came with the head.
        return content.read_nowait()
    try:
        async with asyncio.timeout(timeout):
            return await _read_on(request)
    except TimeoutError:
        raise Refused(BODY_TOO_SLOW) from None
    except (RequestPayloadError, ConnectionError):
        raise Refused(BODY_INCOMPLETE) from None


async def _read_on(request: web.BaseRequest) -> bytes:
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(BODY_TOO_LARGE)
    return bytes(body)
