"""The simulator's door. Sends are read and answered here, by hand, with no task per request; everything else goes to
aiohttp.

A connection that asks for anything but a send is handed to aiohttp; sends on it are still read here, since no client
asks before it
was answered.
"""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final, cast

from deploy.simulator.arrival import arrived
from deploy.simulator.sends import Answer, Sends

_SEND: Final = re.compile(rb"POST (?:/v\d+\.\d+)?/([A-Za-z0-9_-]+)/messages HTTP/1\.1\r\n")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKEN: Final = re.compile(rb"\r\nauthorization: *bearer +([^\r]+)", re.IGNORECASE)
_REASONS: Final = {200: b"OK", 400: b"Bad Request", 401: b"Unauthorized", 403: b"Forbidden", 404: b"Not Found"}
_HEAD_MAX: Final = 65536
_HEAD: Final = b"HTTP/1.1 %d %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"


class Door(asyncio.Protocol):
    """One connection."""

    def __init__(
        self, sends: Sends, delay: Callable[[], float], other: Callable[[], asyncio.Protocol], doors: "set[Door]"
    ) -> None:
        self._sends, self._delay, self._other, self._doors = sends, delay, other, doors
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._handed_over: asyncio.Protocol | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's, though they do all it promises.
        self._transport = cast("asyncio.Transport", transport)
        self._doors.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._doors.discard(self)
        if self._handed_over is not None:
            self._handed_over.connection_lost(exc)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def eof_received(self) -> bool | None:
        return self._handed_over.eof_received() if self._handed_over is not None else None

    def pause_writing(self) -> None:
        if self._handed_over is not None:
            self._handed_over.pause_writing()

    def resume_writing(self) -> None:
        if self._handed_over is not None:
            self._handed_over.resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._handed_over is not None and not self._received and not _SEND.match(data):
            self._handed_over.data_received(data)
            return
        self._received = self._received + data if self._received else data
        while self._received and self._take():
            pass

    def _take(self) -> bool:
        """Take one request off what was received; False when it is not whole yet."""
        received = self._received
        end = received.find(b"\r\n\r\n")
        if end < 0 and len(received) < _HEAD_MAX:
            return False
        head = received[: end + 2]
        send, length = _SEND.match(head), _LENGTH.search(head)
        if send is None or length is None:
            self._hand_over()
            return False
        whole = end + 4 + int(length[1])
        if len(received) < whole:
            return False
        self._received = received[whole:]
        self._handle(send[1].decode(), head, received[end + 4 : whole])
        return True

    def _handle(self, number: str, head: bytes, body: bytes) -> None:
        token = _TOKEN.search(head)
        now = arrived(self._transport.get_extra_info("socket")) if self._transport else time.monotonic()
        self._answer(self._sends.handle(number, token[1].decode() if token else "", body, now=now))

    def _hand_over(self) -> None:
        transport, received = self._transport, self._received
        if transport is None:
            return
        self._received = b""
        if self._handed_over is None:
            self._handed_over = self._other()
            self._handed_over.connection_made(transport)
        self._handed_over.data_received(received)

    def _answer(self, answer: Answer) -> None:
        if answer.silent:
            return
        head = _HEAD % (answer.status, _REASONS.get(answer.status, b"Error"), answer.content_type, len(answer.body))
        delay = self._delay() + answer.extra_s
        if answer.cut_after is None:
            self._later(delay, self._write, head + answer.body)
        else:
            written = head + answer.body[: answer.cut_after] if answer.cut_after else b""
            self._later(delay, self._write_and_close, written)

    def _later(self, delay: float, write: Callable[[bytes], None], data: bytes) -> None:
        if delay > 0:
            self._loop.call_later(delay, write, data)
        else:
            write(data)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _write_and_close(self, data: bytes) -> None:
        if self._transport is not None:
            if data:
                self._transport.write(data)
            self._transport.close()
