"""The lean HTTP/1.1 client of the load: prepared bytes out, the status of the answer in, one request per connection."""

import asyncio
from typing import cast

HEADER_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """A keep-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._buffer = b""

    @property
    def is_open(self) -> bool:
        """True if a request can be written."""
        return self._transport is not None and not self._transport.is_closing()

    def request(self, prepared: bytes) -> "asyncio.Future[int]":
        """Write one request; the future holds the HTTP status, or `ConnectionResetError`."""
        if self._transport is None:
            raise ConnectionResetError("not connected")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(prepared)
        return self._answer

    def close(self) -> None:
        """Close without waiting."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop: a waiting request fails."""
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError(str(exc or "closed by the server")))

    def data_received(self, data: bytes) -> None:
        """Called by the loop: resolves the request once header and body are whole."""
        self._buffer += data
        end = self._buffer.find(HEADER_END)
        if end < 0 or len(self._buffer) < end + 4 + _length(self._buffer[:end].lower()):
            return
        status, self._buffer = int(self._buffer[9:12]), b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)


def _length(head: bytes) -> int:
    at = head.find(LENGTH)
    if at < 0:
        return 0
    return int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])


async def connect(host: str, port: int) -> Connection:
    """Open one connection; raises OSError."""
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, host, port)
    return protocol
