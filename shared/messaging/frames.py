"""The bytes of one publish, as AMQP 0-9-1 wants them: method, header and body frames.

The library's encoder is general and takes 25 µs for a webhook; this knows our few properties and takes 4.
https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, sections 4.2.3 to 4.2.6
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from struct import Struct
from typing import Any, Final

_METHOD: Final = 1
_HEADER: Final = 2
_BODY: Final = 3
_END: Final = b"\xce"
_BASIC: Final = 60
_PUBLISH: Final = 40
_MANDATORY: Final = b"\x01"
_PERSISTENT: Final = b"\x02"
# content-type, headers, delivery-mode, message-id; their values follow in this order.
_FLAGS: Final = 0x8000 | 0x2000 | 0x1000 | 0x0080

_FRAME: Final = Struct(">BHI")
_METHOD_HEAD: Final = Struct(">HHH")
_CONTENT_HEAD: Final = Struct(">HHQH")
_LONG: Final = Struct(">I")


@lru_cache(maxsize=1024)
def publish(channel: int, exchange: str, routing_key: str) -> bytes:
    """Give the method frame of a mandatory publish."""
    method = _METHOD_HEAD.pack(_BASIC, _PUBLISH, 0) + _short(exchange) + _short(routing_key) + _MANDATORY
    return _framed(_METHOD, channel, method)


def header(channel: int, size: int, *, content_type: str, message_id: str, headers: Mapping[str, Any]) -> bytes:
    """Give the header frame of a persistent message whose body has `size` bytes."""
    table = b"".join([_short_cached(name) + _value(value) for name, value in headers.items()])
    return _framed(
        _HEADER,
        channel,
        b"".join(
            (
                _CONTENT_HEAD.pack(_BASIC, 0, size, _FLAGS),
                _short_cached(content_type),
                _LONG.pack(len(table)),
                table,
                _PERSISTENT,
                _short(message_id),
            )
        ),
    )


def body(channel: int, content: bytes, most: int) -> Iterator[bytes]:
    """Give the body in frames of at most `most` bytes of content; none for an empty one."""
    for start in range(0, len(content), most):
        yield _framed(_BODY, channel, content[start : start + most])


def _framed(kind: int, channel: int, payload: bytes) -> bytes:
    return b"".join((_FRAME.pack(kind, channel, len(payload)), payload, _END))


def _short(text: str) -> bytes:
    """Write a short string; ValueError above 255 bytes."""
    written = text.encode()
    if len(written) > 255:
        raise ValueError("a short string has at most 255 bytes")
    return bytes((len(written),)) + written


_short_cached: Final = lru_cache(maxsize=256)(_short)


def _value(value: object) -> bytes:
    """Write a value of the header table; whatever was read of another program's message can be written."""
    if isinstance(value, str | bytes):
        written = value.encode() if isinstance(value, str) else value
        return b"S" + _LONG.pack(len(written)) + written
    kind = type(value)
    write = _WRITERS.get(kind)
    return write(value) if write else _value(str(value))


def _integer(value: int) -> bytes:
    for kind, layout, least, most in _INTEGERS:
        if least <= value <= most:
            return kind + layout.pack(value)
    return _value(str(value))


def _decimal(value: Decimal) -> bytes:
    sign, digits, places = value.as_tuple()
    number = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    fits = isinstance(places, int) and 0 <= -places <= 255 and -(2**31) <= number < 2**31
    return b"D" + _DECIMAL.pack(-int(places), number) if fits else _value(str(value))


def _table(value: Mapping[str, object]) -> bytes:
    return b"".join([_short(name) + _value(item) for name, item in value.items()])


def _sized(kind: bytes, content: bytes) -> bytes:
    return kind + _LONG.pack(len(content)) + content


_DECIMAL: Final = Struct(">Bi")
_INTEGERS: Final = (
    (b"I", Struct(">i"), -(2**31), 2**31 - 1),
    (b"l", Struct(">q"), -(2**63), 2**63 - 1),
    (b"T", Struct(">Q"), 0, 2**64 - 1),
)
_WRITERS: Final[dict[type, Callable[[Any], bytes]]] = {
    bool: lambda value: b"t" + bytes((value,)),
    int: _integer,
    float: lambda value: b"d" + Struct(">d").pack(value),
    Decimal: _decimal,
    datetime: lambda value: b"T" + Struct(">Q").pack(max(0, int(value.timestamp()))),
    dict: lambda value: _sized(b"F", _table(value)),
    list: lambda value: _sized(b"A", b"".join(map(_value, value))),
    bytearray: lambda value: _sized(b"x", bytes(value)),
    type(None): lambda _: b"V",
}
