"""Frames from the broker, made readable before the library sees them.

The library decodes every property of every message on its connection's one reader, and what it cannot decode ends the
connection: a timestamp past the year 9999, a message id that is not UTF-8, a table nested some hundred deep. The broker
carries all of these, and delivers the same message first after every reconnect: the queue stands still for good. So
the properties of a message travel past the library as bytes, and are read here by a decoder that never gives up.
https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, sections 4.2.3 to 4.2.6
"""

from __future__ import annotations

import asyncio
from struct import Struct
from typing import Final

_FRAME: Final = Struct(">BHI")
_LONG: Final = Struct(">I")
_METHOD: Final = 1
_HEADER: Final = 2
_KINDS: Final = frozenset({1, 2, 3, 8})
_END: Final = b"\xce"
_AT_ONCE: Final = 65_536
_METHOD_AT: Final = 7
_ARGUMENTS_AT: Final = 11
_TAG_AND_FLAG: Final = 9
_PROPERTIES_AT: Final = 19
_DELIVER: Final = b"\x00\x3c\x00\x3c"
_ONLY_HEADERS: Final = b"\x20\x00"
# A table with one byte array in it.
RAW: Final = "raw"
_RAW_ENTRY: Final = b"\x03raw" + b"x"
_NOT_ASCII: Final = bytes(byte if byte < 0x80 else 0x3F for byte in range(256))


class ReadableFrames:
    """A stream as the library reads it, one frame after the other; only those of deliveries are changed."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._delivering: set[int] = set()
        # What was received, up to where it was taken, and the frame that is being given, up to where it was given.
        self._received = b""
        self._taken = 0
        self._frame = b""
        self._given = 0

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
        """Give so many bytes of the present frame, or of the next one; raises `IncompleteReadError`."""
        if self._given == len(self._frame):
            self._frame, self._given = await self._next(), 0
        start, self._given = self._given, self._given + count
        return self._frame[start : self._given]

    async def _next(self) -> bytes:
        if len(self._received) - self._taken < _FRAME.size:
            await self._receive(_FRAME.size)
        kind, channel, size = _FRAME.unpack_from(self._received, self._taken)
        whole = _FRAME.size + size + 1 if kind in _KINDS else 8  # the broker's answer to a protocol it does not speak
        if len(self._received) - self._taken < whole:
            await self._receive(whole)
        start, self._taken = self._taken, self._taken + whole
        return self._readable(kind, channel, self._received[start : self._taken])

    def _readable(self, kind: int, channel: int, frame: bytes) -> bytes:
        if kind == _METHOD:
            if frame[_METHOD_AT:_ARGUMENTS_AT] != _DELIVER:
                self._delivering.discard(channel)
                return frame
            self._delivering.add(channel)
            return frame if frame[_ARGUMENTS_AT:-1].isascii() else named(frame)
        return packed(channel, frame) if kind == _HEADER and channel in self._delivering else frame

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


def packed(channel: int, frame: bytes) -> bytes:
    """The header of a message with all its properties as one byte array."""
    head, raw = frame[_METHOD_AT:_PROPERTIES_AT], frame[_PROPERTIES_AT:-1]
    table = _RAW_ENTRY + _LONG.pack(len(raw)) + raw
    payload = head + _ONLY_HEADERS + _LONG.pack(len(table)) + table
    return _FRAME.pack(_HEADER, channel, len(payload)) + payload + _END


def named(frame: bytes) -> bytes:
    """A delivery whose exchange and routing key are text: what is none gets question marks."""
    exchange = _ARGUMENTS_AT + 1 + frame[_ARGUMENTS_AT] + _TAG_AND_FLAG
    key = exchange + 1 + frame[exchange]
    texts = frame[exchange + 1 : key], frame[key + 1 : key + 1 + frame[key]]
    names = b"".join(bytes((len(text),)) + plain(text) for text in texts)
    return frame[:exchange] + names + frame[exchange + len(names) :]


def plain(text: bytes) -> bytes:
    """The same text if it is UTF-8, else with question marks: as long as before, for names have a limit."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return text.translate(_NOT_ASCII)
    return text
