"""The bytes of a batch of webhooks -> flat lists of what they say. Never raises, whatever the JSON.

Items are taken wherever they stand: every entry, every change, `messages`, `statuses` and `errors` side by side. Only
an item without an id is set aside; one with bad fields becomes a row with its raw object and a warning.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sender_service.in_turns import in_turns
from sender_service.inbound.items import AccountChange, Batch, Preference, SetAside
from sender_service.inbound.lenient import Unreadable, dumps, items, key, loads, mapping, moment, text
from sender_service.inbound.parse_message import message
from sender_service.inbound.parse_sender import Book, book, person
from sender_service.inbound.parse_status import status

# Fields whose value carries messages and statuses; every other field is about the account, a template or a number.
_CONVERSATION_FIELDS: Final = frozenset({"messages", "statuses"})
_MARKETING: Final = "marketing_messages"
_WISHES: Final = {"stop": True, "resume": False}


class Webhook(NamedTuple):
    """What the parser needs of a raw webhook."""

    body: bytes
    received_at: datetime


async def parse(webhooks: Sequence[Webhook]) -> Batch:
    """Everything these webhooks say, in their order."""
    batch = Batch([], [], [], [], [], {})
    async for index, webhook in in_turns(enumerate(webhooks)):
        _add(batch, index, webhook)
    return batch


def _add(batch: Batch, index: int, webhook: Webhook) -> None:
    try:
        payload = loads(webhook.body)
    except Unreadable as error:
        batch.malformed[index] = str(error)
        return
    if isinstance(payload, dict):
        _Walk(batch, index, webhook.received_at).payload(payload)
    else:
        batch.malformed[index] = "not an object"


class _Walk:
    """The walk through one webhook, adding what it finds to the batch."""

    __slots__ = ("_account_id", "_at", "_batch", "_index", "_phone_number_id", "_received_at")

    def __init__(self, batch: Batch, index: int, received_at: datetime) -> None:
        self._batch = batch
        self._index = index
        self._received_at = received_at
        self._account_id: str | None = None
        self._phone_number_id: str | None = None
        self._at: datetime | None = None

    def payload(self, payload: dict[str, Any]) -> None:
        entries = items(payload.get("entry"))
        if not entries:
            self._set_aside("no entry", payload)
        for entry in entries:
            if isinstance(entry, dict):
                self._entry(entry)
            else:
                self._set_aside("entry is not an object", entry)

    def _entry(self, entry: dict[str, Any]) -> None:
        self._account_id = key(entry.get("id"))
        self._at = moment(entry.get("time"))
        self._phone_number_id = None
        changes = items(entry.get("changes"))
        if not changes:
            self._set_aside("entry without changes", entry)
        for change in changes:
            value = change.get("value") if isinstance(change, dict) else None
            if isinstance(value, dict):
                self._change(text(change.get("field")), value)
            else:
                self._set_aside("change without a value", change)

    def _change(self, field: str | None, value: dict[str, Any]) -> None:
        metadata = mapping(value.get("metadata"))
        self._phone_number_id = key(metadata.get("phone_number_id"))
        if field == "user_preferences":
            self._preferences(value)
        elif field is None or field in _CONVERSATION_FIELDS:
            self._conversation(field or "messages", value)
        else:
            self._account(field, value)

    def _conversation(self, field: str, value: dict[str, Any]) -> None:
        people = book(value.get("contacts"))
        found = False
        for item in items(value.get("messages")):
            found = True
            self._message(item, people)
        for item in items(value.get("statuses")):
            found = True
            self._status(item)
        if not found or value.get("errors"):
            self._account(field, value)

    def _message(self, item: Any, people: Book) -> None:
        if (number := self._usable(item, "message")) is not None:
            self._batch.messages.append(message(item, people, (self._index, number), self._received_at))

    def _status(self, item: Any) -> None:
        if (number := self._usable(item, "status")) is not None:
            self._batch.statuses.append(status(item, self._index, number))

    def _usable(self, item: Any, what: str) -> str | None:
        """The number an item belongs to; without an id or a number it is set aside."""
        if not isinstance(item, dict):
            self._set_aside(f"{what} is not an object", item)
        elif key(item.get("id")) is None:
            self._set_aside(f"{what} without an id", item)
        elif self._phone_number_id is None:
            self._set_aside(f"{what} without a phone_number_id", item)
        else:
            return self._phone_number_id
        return None

    def _preferences(self, value: dict[str, Any]) -> None:
        people = book(value.get("contacts"))
        for item in items(value.get("user_preferences")):
            stop = _WISHES.get(text(mapping(item).get("value")) or "")
            if stop is None or item.get("category", _MARKETING) != _MARKETING or self._phone_number_id is None:
                self._account("user_preferences", {**value, "user_preferences": [item]})
                continue
            sender = person(item.get("wa_id"), item.get("user_id"), item.get("parent_user_id"), people)
            if sender.phone is None and sender.bsuid is None:
                self._set_aside("preference of nobody", item)
                continue
            at = moment(item.get("timestamp")) or self._received_at
            self._batch.preferences.append(Preference(self._index, self._phone_number_id, sender, at, stop))
        if not items(value.get("user_preferences")):
            self._account("user_preferences", value)

    def _account(self, field: str, value: dict[str, Any]) -> None:
        self._batch.account.append(
            AccountChange(
                self._index, self._account_id, self._phone_number_id, field, value, self._at, self._received_at
            )
        )

    def _set_aside(self, reason: str, item: Any) -> None:
        self._batch.set_aside.append(SetAside(self._index, self._phone_number_id, reason, dumps(item)))
