"""Inbound messages on request, in Meta's shape."""

import base64
import time
from dataclasses import dataclass
from typing import Any, Final

import orjson

from deploy.simulator.world import World

_OURS: Final = frozenset(
    {"phone_number_id", "from", "profile_name", "user_id", "parent_user_id", "username", "wamid", "timestamp"}
)
_BATCH: Final = 1000
_MEDIA: Final = frozenset({"image", "video", "audio", "document", "sticker"})
_PIXEL: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@dataclass(frozen=True, slots=True)
class InboundWebhook:
    """One body to deliver, and the ids of the messages in it."""

    number: str
    body: bytes
    ids: list[str]


def inbound_bodies(world: World, order: Any) -> list[InboundWebhook]:
    """What `POST /_sim/inbound` asks for. Several messages go in one webhook per number; KeyError names what is
    missing.
    """
    if isinstance(order, list):
        order = {"messages": order}
    if "raw" in order:
        return [InboundWebhook("", _raw(order["raw"]), [])]
    if "field" in order:
        waba_id = str(order.get("waba_id") or world.options.waba_id)
        return [InboundWebhook("", world.envelopes.field(waba_id, order["field"], order["value"]), [])]
    return _messages(world, order.get("messages") or [order])


def _raw(raw: Any) -> bytes:
    """A text is sent byte by byte, so that broken bodies can be tried too; everything else as JSON."""
    return raw.encode() if isinstance(raw, str) else orjson.dumps(raw)


def _messages(world: World, messages: list[dict[str, Any]]) -> list[InboundWebhook]:
    by_number: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        by_number.setdefault(str(message["phone_number_id"]), []).append(message)
    return [
        _webhook(world, number, batch[start : start + _BATCH])
        for number, batch in by_number.items()
        for start in range(0, len(batch), _BATCH)
    ]


def _webhook(world: World, number: str, batch: list[dict[str, Any]]) -> InboundWebhook:
    written = [_message(world, message) for message in batch]
    contacts = {_person(message): _contact(message) for message in batch if message.get("type") != "system"}
    fields: dict[str, Any] = (
        {"contacts": list(contacts.values()), "messages": written} if contacts else {"messages": written}
    )
    _open_windows(world, number, batch)
    return InboundWebhook(number, world.envelopes.value(number, fields), [message["id"] for message in written])


def _message(world: World, message: dict[str, Any]) -> dict[str, Any]:
    """Meta's message: who, id, time, type and the object that type names, as given."""
    kind = message.get("type", "text")
    written: dict[str, Any] = {
        "id": message.get("wamid") or world.inbound_wamid(),
        "timestamp": str(message.get("timestamp") or int(time.time())),
        "type": kind,
    }
    if "from" in message:
        written["from"] = plain(message["from"])
    if "user_id" in message:
        written["from_user_id"] = message["user_id"]
    if kind == "text" and "text" not in message:
        written["text"] = {"body": "Hola"}
    if kind in _MEDIA:
        written[kind] = _medium(world, message, kind)
    skipped = {"type", kind} if kind in _MEDIA else {"type"}
    return written | {key: _object(key, value) for key, value in message.items() if key not in _OURS | skipped}


def _medium(world: World, message: dict[str, Any], kind: str) -> dict[str, Any]:
    """A medium without id is kept here first: `content_base64` with `mime_type`, else one pixel."""
    given = dict(message.get(kind) or {})
    if "id" in given:
        return given
    content = base64.b64decode(given.pop("content_base64", _PIXEL))
    medium = world.media.add(content, str(given.get("mime_type") or "image/png"), str(message["phone_number_id"]))
    sealed = base64.b64encode(bytes.fromhex(medium.sha256)).decode()
    return {"mime_type": medium.mime_type, "sha256": sealed, "id": medium.id, **given}


def _object(key: str, value: Any) -> Any:
    """`"text": "Hola"` is short for `"text": {"body": "Hola"}`."""
    return {"body": value} if key == "text" and isinstance(value, str) else value


def _contact(message: dict[str, Any]) -> dict[str, Any]:
    contact: dict[str, Any] = {"profile": {"name": message.get("profile_name") or "Cliente"}}
    if "from" in message:
        contact["wa_id"] = plain(message["from"])
    if "username" in message:
        contact["profile"]["username"] = message["username"]
    return contact | {key: message[key] for key in ("user_id", "parent_user_id") if key in message}


def _person(message: dict[str, Any]) -> str:
    return str(message.get("from") or message["user_id"])


def _open_windows(world: World, number_id: str, batch: list[dict[str, Any]]) -> None:
    number = world.numbers.get(number_id)
    if number is not None:
        number.last_inbound |= {plain(_person(message)) or _person(message): time.time() for message in batch}


def plain(phone: Any) -> str:
    """Digits alone, as in a wa_id."""
    return "".join(sign for sign in str(phone) if sign.isdigit())
