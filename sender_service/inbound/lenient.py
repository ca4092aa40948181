"""Reading JSON that strict readers refuse, and taking values out of it that may be of any type.

Postgres holds neither NUL characters nor lone surrogates in text: they become U+FFFD; the raw bytes stay in the log.
"""

import json
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT: Final = "\ufffd"
_MAX_KEY: Final = 256
_MAX_INT: Final = 2**31 - 1
# Digits that fit into 64 bits for certain; longer numbers are kept as their text.
_INT_DIGITS: Final = 18
# Meta's first messages are of 2009; what claims to come from after 2100 is a wrong unit.
_EARLIEST: Final = 1_230_768_000
_LATEST: Final = 4_102_444_800


class Unreadable(Exception):
    """No JSON value can be read from these bytes; the text says why."""


def loads(body: bytes) -> Any:
    """The value of the body, without anything Postgres refuses; raise `Unreadable`."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return clean(_loads_leniently(body))
    # A NUL can only stand in JSON as this escape.
    return clean(value) if b"\\u0000" in body else value


def _loads_leniently(body: bytes) -> Any:
    try:
        return json.loads(body.removeprefix(b"\xef\xbb\xbf"), strict=False, parse_int=_integer)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"not JSON: {type(error).__name__}") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _INT_DIGITS else digits


def clean(value: Any) -> Any:
    """The same value with every character Postgres refuses replaced; raise `Unreadable` when nested too deeply."""
    try:
        return _clean(value)
    except RecursionError:
        raise Unreadable("nested too deeply") from None


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def dumps(value: Any) -> str:
    """JSON text that jsonb takes, whatever the depth; what is nested beyond every writer is named instead."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # orjson stops at 254 levels.
        pass
    try:
        return json.dumps(value, allow_nan=False)
    except (RecursionError, ValueError):
        return '{"unreadable": "nested too deeply"}'


def text(value: Any) -> str | None:
    """Text, or the text of a whole number; None for everything else and for the empty text."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def key(value: Any) -> str | None:
    """Text short enough for an index: what is longer keeps its beginning and gets its digest."""
    if value is None:
        return None
    found = text(value)
    if found is None or len(found) <= _MAX_KEY // 4:
        return found
    encoded = found.encode()
    if len(encoded) <= _MAX_KEY:
        return found
    return f"{found[:40]}#{sha256(encoded).hexdigest()}"


def mapping(value: Any) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The elements of a list; a single value stands for a list of one, nothing for an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def integer(value: Any) -> int | None:
    """A whole number that fits into four bytes, also when it stands as text."""
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) <= _INT_DIGITS:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_INT:
        return value
    return None


def moment(value: Any) -> datetime | None:
    """The time of a Unix timestamp in seconds, as number or text; None when it is none or cannot be true."""
    try:
        seconds = int(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else 0
    except (ValueError, OverflowError):
        return None
    return datetime.fromtimestamp(seconds, UTC) if _EARLIEST <= seconds <= _LATEST else None
