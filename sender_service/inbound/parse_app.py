"""What a business writes and keeps on its own phone (coexistence): echoes of messages, and its address book. Pure.

https://developers.facebook.com/docs/whatsapp/embedded-signup/onboarding-business-app-users
"""

from datetime import datetime
from typing import Any, Final, NamedTuple

from sender_service.inbound.account import digits
from sender_service.inbound.items import AccountChange, Message, Sender
from sender_service.inbound.lenient import dumps, items, key, mapping, moment, text
from sender_service.inbound.parse_message import message
from sender_service.inbound.parse_sender import book, person

ECHOES: Final = frozenset({"smb_message_echoes", "message_echoes"})
HISTORY: Final = "history"
ADDRESS_BOOK: Final = "smb_app_state_sync"
# Fields whose items become rows of the number they name.
FIELDS: Final = ECHOES | {HISTORY, ADDRESS_BOOK}


class Entry(NamedTuple):
    """What the phone calls a person from `at` on; no name where the entry was removed."""

    sender: Sender
    name: str | None
    at: datetime


def echoes(change: AccountChange) -> list[Message]:
    """The messages of a change; the sender of each is the customer it was written to."""
    people = book(change.value.get("contacts"))
    return [
        with_customer(change, item, person(item.get("to"), item.get("to_user_id"), None, people))
        for item in identified(change.value.get("message_echoes"))
    ]


def entries(change: AccountChange) -> list[Entry]:
    """The changes of the address book that name a person."""
    found = (_entry(item, change.received_at) for item in items(change.value.get("state_sync")))
    return [entry for entry in found if entry is not None]


def outline(change: AccountChange) -> Any:
    """The value without the items that become rows: their words stand there only, so that erasing finds them."""
    value = change.value
    if change.field not in FIELDS:
        return value
    rest = {name: kept for name, kept in value.items() if name != "contacts"}
    for name in ("message_echoes", "messages"):
        if name in rest:
            rest[name] = _unidentified(rest[name])
    if "state_sync" in rest:
        rest["state_sync"] = [item for item in items(rest["state_sync"]) if _entry(item, change.received_at) is None]
    if change.field == HISTORY:
        rest["history"] = [_chunk(chunk) for chunk in items(value.get("history"))]
    return rest


def _chunk(chunk: Any) -> Any:
    if not isinstance(chunk, dict) or "threads" not in chunk:
        return chunk
    threads = [_unidentified(mapping(thread).get("messages")) for thread in items(chunk["threads"])]
    return chunk | {"threads": [{"messages": left} for left in threads if left]}


def identified(listed: Any) -> list[dict[str, Any]]:
    return [item for item in items(listed) if isinstance(item, dict) and key(item.get("id")) is not None]


def _unidentified(listed: Any) -> list[Any]:
    return [item for item in items(listed) if not isinstance(item, dict) or key(item.get("id")) is None]


def with_customer(change: AccountChange, item: dict[str, Any], customer: Sender) -> Message:
    """The message as if the customer had written it: that is whose conversation it stands in."""
    turned = {**item, "from": customer.wa_id, "from_user_id": customer.bsuid}
    read = message(turned, {}, (change.webhook, change.phone_number_id or ""), change.received_at)
    return read._replace(sender=customer, raw=dumps(item), change=None)


def _entry(item: Any, received_at: datetime) -> Entry | None:
    entry = mapping(item)
    contact = mapping(entry.get("contact"))
    found = person(digits(contact.get("phone_number")), contact.get("user_id"), contact.get("parent_user_id"), {})
    name = text(contact.get("full_name")) or text(contact.get("first_name"))
    removed = entry.get("action") == "remove"
    if (found.phone is None and found.bsuid is None) or not (name or removed):
        return None
    at = moment(mapping(entry.get("metadata")).get("timestamp")) or received_at
    return Entry(found._replace(username=text(contact.get("username"))), None if removed else name, at)
