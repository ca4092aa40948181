"""What operators may see of a body: its form, not what people said in it."""

import re
from typing import Any

import orjson

_LONG_DIGITS = re.compile(r"\+?[0-9]{7,}")
# Values under these names say how something is made, not what somebody said.
_PLAIN = frozenset({
    "type", "status", "object", "field", "messaging_product", "phone_number_id", "specversion", "datacontenttype",
    "source", "time", "timestamp", "name", "code", "language", "recipient_type", "on_unknown", "send_at", "expires_at",
    "sub_type", "index", "category", "event", "id",
})  # fmt: skip
_MOST = 65_536


def masked(body: bytes) -> Any:
    """A JSON body with every text outside of the plain names masked; anything else as its length."""
    if len(body) > _MOST:
        return f"{len(body)} bytes"
    try:
        return _masked(orjson.loads(body), plain=False)
    except orjson.JSONDecodeError:
        return f"{len(body)} bytes that are not JSON"


def _masked(value: Any, *, plain: bool) -> Any:
    if isinstance(value, dict):
        return {mask_digits(name): _masked(inner, plain=name in _PLAIN) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, plain=plain) for inner in value]
    if isinstance(value, str):
        return value if plain else f"({len(value)} characters)"
    return value


def mask_digits(text: str) -> str:
    """A text with its long numbers reduced to the last two digits."""
    return _LONG_DIGITS.sub(lambda match: f"…{match[0][-2:]}", text)
