"""Meta's documented limits of every message type, judged before any call.

Sources: the message-type pages under developers.facebook.com/documentation/business-messaging/whatsapp/messages;
lengths in characters.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sender_service.sending.limits_fields import Invalid, boolean, child, choice, items, number, text, website
from sender_service.sending.limits_interactive import check_interactive
from sender_service.sending.limits_template import check_template
from shared.contracts.send_message import KNOWN_TYPES, MARK_READ, SendMessage

__all__ = ["Invalid", "check"]

BODY_MAX: Final = 4096
CAPTION_MAX: Final = 1024
CONTACTS_MAX: Final = 257
ID_MAX: Final = 512


def check(command: SendMessage) -> str | None:
    """Raise Invalid at the first thing Meta would refuse; returns a warning where we cannot judge, None else."""
    if command.type not in KNOWN_TYPES:
        return f"type {command.type} is not known here and goes to Meta as it is"
    if command.type == "interactive":
        return check_interactive(command.content, allow_unknown=command.allow_unknown_type)
    if command.type == "reaction" and command.context_message_id is not None:
        raise Invalid("context", "a reaction cannot be a reply")
    _CHECKS[command.type](command.content)
    return None


def _text(content: dict[str, Any]) -> None:
    text(content, "body", "text.body", most=BODY_MAX)
    boolean(content, "preview_url", "text.preview_url")


def _media(kind: str, content: dict[str, Any]) -> None:
    check_media(content, kind)
    if kind in {"image", "video", "document"}:
        text(content, "caption", f"{kind}.caption", most=CAPTION_MAX, least=0, optional=True)
    elif "caption" in content:
        raise Invalid(f"{kind}.caption", f"{kind} has no caption")
    if kind == "document":
        text(content, "filename", "document.filename", most=ID_MAX, optional=True)
    if kind == "audio":
        boolean(content, "voice", "audio.voice")


def check_media(content: dict[str, Any], field: str) -> None:
    """Exactly one of id (an uploaded file) and link (Meta fetches it)."""
    if ("id" in content) == ("link" in content):
        raise Invalid(field, "exactly one of id and link", limit=1, length=2 if "id" in content else 0)
    if "id" in content:
        text(content, "id", f"{field}.id", most=ID_MAX)
    else:
        website(content, "link", f"{field}.link")


def _location(content: dict[str, Any]) -> None:
    number(content, "latitude", "location.latitude", most=90)
    number(content, "longitude", "location.longitude", most=180)
    for name in ("name", "address"):
        text(content, name, f"location.{name}", most=1000, optional=True, least=0)


def _contacts(content: list[Any]) -> None:
    for index, contact in enumerate(items({"contacts": content}, "contacts", "contacts", most=CONTACTS_MAX)):
        field = f"contacts.{index}.name"
        text(child(contact, "name", field), "formatted_name", f"{field}.formatted_name", most=1024)


def _reaction(content: dict[str, Any]) -> None:
    text(content, "message_id", "reaction.message_id", most=ID_MAX)
    text(content, "emoji", "reaction.emoji", most=64, least=0)


def _mark_read(content: dict[str, Any]) -> None:
    text(content, "message_id", "mark_read.message_id", most=ID_MAX)
    if "typing_indicator" in content:
        indicator = child(content, "typing_indicator", "mark_read.typing_indicator")
        choice(indicator, "type", "mark_read.typing_indicator.type", {"text"})


_CHECKS: Final[dict[str, Callable[[Any], None]]] = {
    "text": _text,
    **{kind: partial(_media, kind) for kind in ("image", "video", "audio", "document", "sticker")},
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "template": check_template,
    MARK_READ: _mark_read,
}
