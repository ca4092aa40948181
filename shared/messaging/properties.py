"""The properties of a message as they stand in its header frame, read without ever giving up.

A value out of range is given as the number it is, text that is not UTF-8 as bytes, what is nested too deep as the bytes
it was; what the broker would never pass on ends the table. Section 4.2.5.5 of the specification, with RabbitMQ's types:
https://www.rabbitmq.com/docs/amqp-0-9-1-errata#section_3
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from struct import Struct
from typing import Any, Final

from shared.messaging.incoming import plain

MOST_DEEP: Final = 32
# Above this a number of seconds is none: milliseconds or worse, and no two programs agree.
MOST_SECONDS: Final = 0xFFFF_FFFF
_LONG: Final = Struct(">I")
_FLAGS: Final = Struct(">H")
_CONTENT_TYPE, _ENCODING, _HEADERS, _DELIVERY_MODE, _PRIORITY = 0x8000, 0x4000, 0x2000, 0x1000, 0x0800
_BEFORE_MESSAGE_ID: Final = (0x0400, 0x0200, 0x0100)
_MESSAGE_ID: Final = 0x0080


@dataclass(frozen=True, slots=True)
class Properties:
    """Those that are of use here."""

    content_type: str | None = None
    message_id: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


def read(raw: bytes) -> Properties:
    """Read the flags and what follows them, in the order of the specification."""
    content_type = message_id = None
    headers: dict[str, Any] = {}
    try:
        flags, at = _FLAGS.unpack_from(raw)[0], _FLAGS.size
        if flags & _CONTENT_TYPE:
            content_type, at = _short(raw, at)
        if flags & _ENCODING:
            _, at = _short(raw, at)
        if flags & _HEADERS:
            end = at + _LONG.size + _LONG.unpack_from(raw, at)[0]
            headers, at = _table(raw[at + _LONG.size : end], 0), end
        at += bool(flags & _DELIVERY_MODE) + bool(flags & _PRIORITY)
        for flag in _BEFORE_MESSAGE_ID:
            if flags & flag:
                _, at = _short(raw, at)
        if flags & _MESSAGE_ID:
            message_id, _ = _short(raw, at)
    except (struct.error, IndexError):
        pass
    return Properties(content_type, message_id, headers)


def _short(raw: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + raw[at]
    return plain(raw[at + 1 : end]), end


def _table(raw: bytes, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    at, end = 0, len(raw)
    try:
        while at < end:
            name, at = _short(raw, at)
            found[name], at = _value(raw, at, depth)
    except (struct.error, IndexError, _Strange):
        pass
    return found


def _array(raw: bytes, depth: int) -> list[Any]:
    found: list[Any] = []
    at, end = 0, len(raw)
    try:
        while at < end:
            value, at = _value(raw, at, depth)
            found.append(value)
    except (struct.error, IndexError, _Strange):
        pass
    return found


class _Strange(Exception):
    """A type nobody has heard of: how long its value is cannot be known."""


def _value(raw: bytes, at: int, depth: int) -> tuple[Any, int]:
    kind, at = raw[at], at + 1
    if kind in _SIZED:
        start = at + _LONG.size
        end = start + _LONG.unpack_from(raw, at)[0]
        return _sized(kind, raw[start:end], depth + 1), end
    if kind == _VOID:
        return None, at
    fixed = _FIXED.get(kind)
    if fixed is None:
        raise _Strange
    layout, made = fixed
    return made(*layout.unpack_from(raw, at)), at + layout.size


def _sized(kind: int, content: bytes, depth: int) -> Any:
    if kind == _TEXT:
        return _text(content)
    if kind == _BYTES or depth > MOST_DEEP:
        return bytearray(content)
    return _table(content, depth) if kind == _TABLE else _array(content, depth)


def _text(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _moment(seconds: int) -> datetime | int:
    return datetime.fromtimestamp(seconds, UTC) if seconds <= MOST_SECONDS else seconds


def _decimal(places: int, digits: int) -> Decimal:
    return Decimal(digits).scaleb(-places)


_TEXT, _BYTES, _TABLE, _ARRAY, _VOID = b"SxFAV"
_SIZED: Final = frozenset({_TEXT, _BYTES, _TABLE, _ARRAY})
_FIXED: Final[dict[int, tuple[Struct, Callable[..., Any]]]] = {
    ord("t"): (Struct(">B"), bool),
    ord("b"): (Struct(">b"), int),
    ord("B"): (Struct(">B"), int),
    ord("s"): (Struct(">h"), int),
    ord("u"): (Struct(">H"), int),
    ord("I"): (Struct(">i"), int),
    ord("i"): (Struct(">I"), int),
    ord("l"): (Struct(">q"), int),
    ord("L"): (Struct(">q"), int),
    ord("f"): (Struct(">f"), float),
    ord("d"): (Struct(">d"), float),
    ord("D"): (Struct(">Bi"), _decimal),
    ord("T"): (Struct(">Q"), _moment),
}
