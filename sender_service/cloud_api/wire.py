"""Meta's answers to a send, read into one of three: accepted, refused with a code, or doubtful.

Only what is certain is called so: whatever is not a well-formed answer of a documented shape is doubtful, also with
status 200. Shapes: developers.facebook.com/documentation/business-messaging/whatsapp, messages/send-messages and
support/error-codes.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

MAX_ANSWER = 1024 * 1024
_KEPT_TEXT = 500


@dataclass(frozen=True, slots=True)
class Accepted:
    """Meta took the message: its id, None for a mark-as-read, and the status it gave a template."""

    wamid: str | None
    message_status: str | None = None
    wa_id: str | None = None
    user_id: str | None = None
    raw: Any = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Meta said no with a code. The HTTP `status` is kept for the log: the code decides."""

    code: int
    message: str
    details: str = ""
    status: int = 400
    transient: bool = False
    raw: Any = None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """No answer, or none that says what became of the message."""

    reason: str
    status: int | None = None
    raw: Any = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certain: not one byte of the request went out."""

    reason: str


Answer: TypeAlias = Accepted | Refused | Doubtful | NotSent


def read(status: int, content_type: str, body: bytes) -> Accepted | Refused | Doubtful:
    """Judge one HTTP answer by what it says."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Doubtful("the answer is not JSON", status, raw=_opening(content_type, body))
    if not isinstance(data, dict):
        return Doubtful("the answer is not a JSON object", status, raw=_opening(content_type, body))
    error = data.get("error")
    if isinstance(error, dict):
        return _refused(status, error, data)
    if 200 <= status < 300:
        return _accepted(status, data)
    return Doubtful("an error without a code", status, raw=data)


def _accepted(status: int, data: dict[str, Any]) -> Accepted | Doubtful:
    if data.get("success") is True and "messages" not in data:
        return Accepted(None, raw=data)
    message = _first(data.get("messages"))
    wamid = message.get("id")
    if not isinstance(wamid, str) or not wamid:
        return Doubtful("accepted without a message id", status, raw=data)
    contact = _first(data.get("contacts"))
    return Accepted(
        wamid,
        message_status=_text(message.get("message_status")),
        wa_id=_text(contact.get("wa_id")),
        user_id=_text(contact.get("user_id")),
        raw=data,
    )


def _refused(status: int, error: dict[str, Any], data: dict[str, Any]) -> Refused | Doubtful:
    code = error.get("code")
    if not isinstance(code, int) or isinstance(code, bool):
        return Doubtful("an error without a code", status, raw=data)
    details = error.get("error_data")
    return Refused(
        code,
        str(error.get("message") or error.get("title") or "")[:_KEPT_TEXT],
        details=str(details.get("details") or "")[:_KEPT_TEXT] if isinstance(details, dict) else "",
        status=status,
        transient=error.get("is_transient") is True,
        raw=data,
    )


def _first(items: object) -> dict[str, Any]:
    return items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _opening(content_type: str, body: bytes) -> dict[str, Any]:
    """Enough of a foreign answer to recognise the proxy or page it came from."""
    return {"content_type": content_type[:100], "length": len(body), "opening": body[:200].decode("utf-8", "replace")}
