"""One object of `messages[]` -> a `Message`. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages"""

import binascii
from base64 import b64decode
from datetime import datetime
from typing import Any, Final

from sender_service.inbound.items import Change, Media, Message, Sender
from sender_service.inbound.lenient import dumps, integer, items, key, mapping, moment, text
from sender_service.inbound.parse_sender import Book, person
from sender_service.inbound.shown import show

_MEDIA_TYPES: Final = frozenset({"image", "video", "audio", "document", "sticker"})
_UNKNOWN: Final = "unknown"
_MAX_TYPE: Final = 64


def message(item: dict[str, Any], people: Book, place: tuple[int, str], received_at: datetime) -> Message:
    """The message this item, which has an id, is; whatever else it lacks is replaced and named in `warning`.

    `place` is the index of the webhook and the number of the change.
    """
    webhook, phone_number_id = place
    kind = text(item.get("type"))
    at = moment(item.get("timestamp"))
    sender = person(item.get("from"), item.get("from_user_id"), item.get("from_parent_user_id"), people)
    known_kind = kind if kind is not None and len(kind) <= _MAX_TYPE else _UNKNOWN
    change = None
    if known_kind == "system":
        system = mapping(item.get("system"))
        sender, change = _before(sender, system), _change(system)
    code, error = first_error(item) if "errors" in item else (None, None)
    return Message(
        webhook,
        phone_number_id,
        key(item["id"]) or "",
        sender,
        at or received_at,
        known_kind,
        dumps(item),
        show(known_kind, item),
        key(mapping(item["context"]).get("id")) if "context" in item else None,
        key(item.get("group_id")),
        code,
        error,
        _warning(kind, at, sender),
        isinstance(item.get("referral"), dict),
        _media(item[known_kind]) if known_kind in _MEDIA_TYPES and isinstance(item.get(known_kind), dict) else None,
        change,
    )


def first_error(item: dict[str, Any]) -> tuple[int | None, str | None]:
    """Code and words of the first of `errors[]`."""
    for error in items(item.get("errors")):
        if isinstance(error, dict):
            details = text(mapping(error.get("error_data")).get("details"))
            return integer(error.get("code")), details or text(error.get("message")) or text(error.get("title"))
    return None, None


def _warning(kind: str | None, at: datetime | None, sender: Sender) -> str | None:
    if kind is not None and len(kind) <= _MAX_TYPE and at is not None and sender.phone is not None:
        return None
    problems = []
    if kind is None or len(kind) > _MAX_TYPE:
        problems.append("type is missing or broken")
    if at is None:
        problems.append("timestamp is missing or broken: time of arrival taken")
    if sender.phone is None and sender.bsuid is None:
        problems.append("sender is missing or broken")
    return "; ".join(problems) or None


def _media(content: dict[str, Any]) -> Media | None:
    identifier = key(content.get("id"))
    if identifier is None:
        return None
    digest = text(content.get("sha256"))
    return Media(
        identifier, text(content.get("mime_type")), _digest(digest) if digest else None, text(content.get("filename"))
    )


def _digest(encoded: str) -> bytes | None:
    """The 32 bytes of a sha256, which Meta writes in base64."""
    try:
        raw = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == 32 else None


def _before(sender: Sender, system: dict[str, Any]) -> Sender:
    """The person before the change: the former user id stands in the system object only."""
    former = key(system.get("previous_user_id"))
    if former is None:
        return sender
    return sender._replace(bsuid=former, parent_bsuid=key(system.get("previous_parent_user_id")) or sender.parent_bsuid)


def _change(system: dict[str, Any]) -> Change | None:
    new = person(system.get("wa_id"), system.get("user_id"), system.get("parent_user_id"), {})
    if new.phone is None and new.bsuid is None:
        return None
    return Change(new.wa_id, new.phone, new.bsuid, new.parent_bsuid)
