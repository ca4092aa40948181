"""What operators may see of a body: its form, not what people said in it."""

import re
from typing import Any

import orjson

_LONG_DIGITS = re.compile(r"\+?[0-9]{7,}")
# Values under these names say how something is made, not what somebody said.
_PLAIN = frozenset({
    "type", "status", "object", "field", "messaging_product", "phone_number_id", "specversion", "datacontenttype",
    "source", "time", "timestamp", "code", "language", "recipient_type", "on_unknown", "send_at", "expires_at",
    "sub_type", "index", "category", "event", "id",
})  # fmt: skip
# Long numbers in these are no phone numbers.
_IDS = frozenset({"phone_number_id", "id", "time", "timestamp"})
# Only here a name is that of a template; elsewhere it is somebody's.
_NAMING = "template"
# Meta's message ids carry the customer's phone number in base64.
_WAMID = "wamid."
_LONG = 1_000_000
_MOST = 65_536


def masked(body: bytes) -> Any:
    """A JSON body with every text outside of the plain names masked; anything else as its length."""
    if len(body) > _MOST:
        return f"{len(body)} bytes"
    try:
        return _masked(orjson.loads(body), name="", parent="")
    except orjson.JSONDecodeError:
        return f"{len(body)} bytes that are not JSON"


def _masked(value: Any, *, name: str, parent: str) -> Any:
    if isinstance(value, dict):
        return {mask_digits(key): _masked(inner, name=key, parent=name) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, name=name, parent=parent) for inner in value]
    if isinstance(value, str):
        return _text(value, name, parent)
    if isinstance(value, int | float) and abs(value) >= _LONG and name not in _IDS:
        return mask_digits(str(int(value)))
    return value


def _text(value: str, name: str, parent: str) -> str:
    if value.startswith(_WAMID):
        return f"{_WAMID}…{value[-4:]}"
    if name not in _PLAIN and (name, parent) != ("name", _NAMING):
        return f"({len(value)} characters)"
    return value if name in _IDS else mask_digits(value)


def mask_digits(text: str) -> str:
    """A text with its long numbers reduced to the last two digits."""
    return _LONG_DIGITS.sub(lambda match: f"…{match[0][-2:]}", text)
