"""One HTTP/1.1 connection that is kept alive: a request leaves in the very step in which the caller hands it over.

httptools parses the answers. Sources: RFC 9112 (HTTP/1.1), §6.3 for where a body ends.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import httptools

_INFORMATIONAL = range(100, 200)


class Broken(Exception):
    """The connection ended, or said what is not HTTP, before the answer was whole."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `body` is None when it was longer than it may be."""

    status: int
    content_type: str
    body: bytes | None


class Connection(asyncio.Protocol):
    """One request at a time. `most` is the longest body that is read; `ended` is told of its end, once."""

    def __init__(self, most: int, ended: Callable[["Connection"], None]) -> None:
        self._most = most
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: asyncio.Future[Reply] | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._content_type = ""
        self._ends_with_connection = True
        self._in_body = False
        self.idle_since = 0.0

    @property
    def is_open(self) -> bool:
        """Nothing has been heard of its end yet."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_at_rest(self) -> bool:
        """Open, and nobody waits for an answer: fit for another request."""
        return self.is_open and self._waiting is None

    def exchange(self, request: bytes) -> "asyncio.Future[Reply]":
        """Write a request, now; the future has its answer or raises `Broken`. Only on an open connection at rest."""
        self._waiting = asyncio.get_running_loop().create_future()
        cast("asyncio.Transport", self._transport).write(request)
        return self._waiting

    def close(self) -> None:
        """Break the connection off; who waits gets `Broken`."""
        if self._transport is not None:
            self._transport.abort()

    # ------------------------------------------------------------------------------------- called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(type(error).__name__)
            self.close()

    def eof_received(self) -> None:
        if self._in_body and self._ends_with_connection:
            self.on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(type(exc).__name__ if exc else "closed")
        self._ended(self)
        # It holds this connection, and this connection it.
        del self._parser

    # ------------------------------------------------------------------------------------------ called by the parser

    def on_message_begin(self) -> None:
        self._parts, self._size, self._content_type = [], 0, ""
        self._ends_with_connection, self._in_body = True, False
        if self._waiting is None:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        match name.lower():
            case b"content-type":
                self._content_type = value.decode("latin-1").partition(";")[0].strip().lower()
            case b"content-length" | b"transfer-encoding":
                self._ends_with_connection = False

    def on_headers_complete(self) -> None:
        self._in_body = True

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self._most:
            self._parts.append(part)
        else:
            self._answer(None)
            self.close()

    def on_message_complete(self) -> None:
        self._in_body = False
        if self._parser.get_status_code() not in _INFORMATIONAL:
            self._answer(b"".join(self._parts))

    def _answer(self, body: bytes | None) -> None:
        waiting, self._waiting = self._waiting, None
        if not self._parser.should_keep_alive():
            self.close()
        if waiting is not None and not waiting.done():
            waiting.set_result(Reply(self._parser.get_status_code(), self._content_type, body))

    def _fail(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(Broken(reason))
