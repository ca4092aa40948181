"""Reading a request's body: the bytes as they came, not too many, not too slowly, and not too many at once."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.web import RequestPayloadError

from ingress_service.errors import (
    BODY_INCOMPLETE,
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    ENCODING_UNSUPPORTED,
    TOO_BUSY,
    Refused,
)

MAX_BODY: Final = 4 * 1024 * 1024


def check_head(request: web.BaseRequest) -> None:
    """Refuse by the head alone what need not be read."""
    if "Content-Encoding" in request.headers:
        raise Refused(ENCODING_UNSUPPORTED)
    length = request.content_length
    if length is not None and length > MAX_BODY:
        raise Refused(BODY_TOO_LARGE)


class BodyReader:
    """Reads bodies, each within `seconds`, holding at most `max_held` bytes of half-read ones.

    Before the signature is checked anybody can send them.
    """

    def __init__(self, seconds: float, max_held: int) -> None:
        self._seconds = seconds
        self._max_held = max_held
        self._held = 0

    async def read(self, request: web.BaseRequest) -> bytes:
        """Read a whole body; stops at the first byte too many, however the body comes. Raises `Refused`."""
        content = request.content
        if content.is_eof():
            # The usual case: the body came with the head.
            return content.read_nowait()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read_on(request)
        except TimeoutError:
            raise Refused(BODY_TOO_SLOW) from None
        except (RequestPayloadError, ConnectionError):
            raise Refused(BODY_INCOMPLETE) from None

    async def _read_on(self, request: web.BaseRequest) -> bytes:
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = bytearray()
        try:
            while chunk := await request.content.readany():
                body += chunk
                self._held += len(chunk)
                self._check(len(body))
            return bytes(body)
        finally:
            self._held -= len(body)

    def _check(self, size: int) -> None:
        if size > MAX_BODY:
            raise Refused(BODY_TOO_LARGE)
        if self._held > self._max_held:
            raise Refused(TOO_BUSY)
