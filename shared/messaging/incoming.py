"""Frames from the broker: deliveries go straight to who consumes them, everything else to the library.

The library decodes every property of every message on its connection's one reader, and what it cannot decode ends the
connection: a timestamp past the year 9999, a message id that is not UTF-8, a table nested some hundred deep. The broker
carries all of these, and delivers the same message first after every reconnect: the queue stands still for good. Also a
delivery takes it 70 µs, three frames and a task; here it takes 5.
https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, sections 4.2.3 to 4.2.6
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

from shared.clock import Monotonic, monotonic

_FRAME: Final = Struct(">BHI")
_TAG: Final = Struct(">QB")
_SIZE: Final = Struct(">Q")
_METHOD, _HEADER, _BODY, _HEARTBEAT = 1, 2, 3, 8
_KINDS: Final = frozenset({_METHOD, _HEADER, _BODY, _HEARTBEAT})
_PROTOCOL: Final = 8
_AT_ONCE: Final = 65_536
_DELIVER: Final = b"\x00\x3c\x00\x3c"
_SIZE_AT: Final = 4
_PROPERTIES_AT: Final = 12
_BEAT: Final = _FRAME.pack(_HEARTBEAT, 0, 0) + b"\xce"
# The library hangs up when it sees nothing for 33 s; the broker sends no heartbeat while it sends deliveries.
_BEAT_SECONDS: Final = 1.0
_NOT_ASCII: Final = bytes(byte if byte < 0x80 else 0x3F for byte in range(256))


class Delivered(NamedTuple):
    """A message as the broker gave it; `properties` are the flags and values of its header frame, unread."""

    tag: int
    redelivered: bool
    exchange: str
    routing_key: str
    properties: bytes
    body: bytes


class Incoming:
    """The stream the library reads, one frame after the other, without the deliveries of channels that consume."""

    def __init__(self, reader: asyncio.StreamReader, clock: Monotonic = monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._channels: dict[int, _Assembly] = {}
        self._beat_at = clock()
        # What was received, up to where it was taken, and the frame that is being given, up to where it was given.
        self._received = b""
        self._taken = 0
        self._frame = b""
        self._given = 0

    def consume(self, channel: int, receive: Callable[[Delivered], None]) -> None:
        """From now on give the deliveries of a channel to `receive`, in their order."""
        self._channels[channel] = _Assembly(receive)

    def at_eof(self) -> bool:
        """Tell whether everything was read and no more will come."""
        return self._given == len(self._frame) and self._taken == len(self._received) and self._reader.at_eof()

    async def read(self, most: int = -1) -> bytes:
        """Give what comes next, as it came."""
        rest = self._frame[self._given :] + self._received[self._taken :]
        self._frame = self._received = b""
        self._given = self._taken = 0
        return rest or await self._reader.read(most)

    async def readexactly(self, count: int) -> bytes:
        """Give so many bytes of the present frame, or of the library's next one; raises `IncompleteReadError`."""
        if self._given == len(self._frame):
            self._frame, self._given = await self._next(), 0
        start, self._given = self._given, self._given + count
        return self._frame[start : self._given]

    async def _next(self) -> bytes:
        while True:
            kind, channel, start, end = await self._whole()
            assembly = self._channels.get(channel)
            if assembly is None or not assembly.takes(kind, self._received, start + _FRAME.size, end - 1):
                return self._received[start:end]
            if self._clock() - self._beat_at > _BEAT_SECONDS:
                self._beat_at = self._clock()
                return _BEAT

    async def _whole(self) -> tuple[int, int, int, int]:
        """Have the next frame at hand: its kind and channel, where it starts and ends."""
        if len(self._received) - self._taken < _FRAME.size:
            await self._receive(_FRAME.size)
        kind, channel, size = _FRAME.unpack_from(self._received, self._taken)
        length = _FRAME.size + size + 1 if kind in _KINDS else _PROTOCOL
        if len(self._received) - self._taken < length:
            await self._receive(length)
        start, self._taken = self._taken, self._taken + length
        return kind, channel, start, self._taken

    async def _receive(self, count: int) -> None:
        """Have at least so many bytes at hand that were not taken."""
        parts = [self._received[self._taken :]]
        have = len(parts[0])
        while have < count:
            more = await self._reader.read(_AT_ONCE)
            if not more:
                raise asyncio.IncompleteReadError(b"".join(parts), count)
            parts.append(more)
            have += len(more)
        self._received, self._taken = b"".join(parts), 0


class _Assembly:
    """Puts the frames of one channel's deliveries together: method, header, body in any number of pieces."""

    __slots__ = ("_method", "_missing", "_parts", "_properties", "_receive")

    def __init__(self, receive: Callable[[Delivered], None]) -> None:
        self._receive = receive
        self._method: bytes | None = None
        self._properties = b""
        self._parts: list[bytes] = []
        self._missing = 0

    def takes(self, kind: int, received: bytes, start: int, end: int) -> bool:
        """Take the frame whose payload stands there, if it belongs to a delivery."""
        if kind == _METHOD:
            is_delivery = received.startswith(_DELIVER, start)
            self._method = received[start + len(_DELIVER) : end] if is_delivery else None
            return is_delivery
        if self._method is None:
            return False
        if kind == _HEADER:
            (self._missing,) = _SIZE.unpack_from(received, start + _SIZE_AT)
            self._properties = received[start + _PROPERTIES_AT : end]
            self._parts = []
        else:
            self._parts.append(received[start:end])
            self._missing -= end - start
        if self._missing <= 0:
            self._finish(self._method)
        return True

    def _finish(self, method: bytes) -> None:
        at = 1 + method[0]
        tag, redelivered = _TAG.unpack_from(method, at)
        exchange_at = at + _TAG.size + 1
        key_at = exchange_at + method[exchange_at - 1] + 1
        exchange, key = method[exchange_at : key_at - 1], method[key_at : key_at + method[key_at - 1]]
        self._method = None
        self._receive(
            Delivered(tag, bool(redelivered), _name(exchange), _name(key), self._properties, b"".join(self._parts))
        )


def plain(text: bytes) -> str:
    """The text, with question marks for what is not ASCII where it is not UTF-8."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.translate(_NOT_ASCII).decode()


_name: Final = lru_cache(maxsize=4096)(plain)
