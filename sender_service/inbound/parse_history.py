"""Chats from before a number came here (`history`): whose they are, who wrote what, and how far it got. Pure.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/history
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sender_service.inbound.account import digits
from sender_service.inbound.items import AccountChange, Message, Sender
from sender_service.inbound.lenient import integer, items, mapping, text
from sender_service.inbound.parse_app import identified, with_customer
from sender_service.inbound.parse_sender import Book, book, person

# Stands for a file in the first telling of a chat; the file itself follows under the same message id.
PLACEHOLDER: Final = "media_placeholder"

# Meta's word in `history_context` -> ours. What still waited on the phone counts as sent: nobody here settles a doubt.
_STATUSES: Final = {
    "PENDING": "sent",
    "SENT": "sent",
    "DELIVERED": "delivered",
    "READ": "read",
    "PLAYED": "played",
    "ERROR": "failed",
}
# From the least certain to what is final.
RANKS: Final = ("received", *dict.fromkeys(_STATUSES.values()))


class Past(NamedTuple):
    """A message from before the number came here; `message.sender` is the customer, whoever wrote it."""

    message: Message
    ours: bool
    status: str
    told_at: datetime


class Summary(NamedTuple):
    """What one `history` webhook is: how many messages it brings, where it stands, or why there are none."""

    messages: int
    phase: int | None
    progress: int | None
    codes: list[int | None]


def past(change: AccountChange) -> list[Past]:
    """The messages of all threads, and those told once more with their file."""
    people = book(change.value.get("contacts"))
    found = [
        _past(change, item, _holder(mapping(thread), people))
        for chunk in items(change.value.get("history"))
        for thread in items(mapping(chunk).get("threads"))
        for item in identified(mapping(thread).get("messages"))
    ]
    found += [
        _past(change, item, _other_side(change, item, people)) for item in identified(change.value.get("messages"))
    ]
    return found


def summary(change: AccountChange) -> Summary:
    """The sum of the chunks; Meta refuses a history its owner does not share with `errors` (2593109)."""
    chunks = [mapping(chunk) for chunk in items(change.value.get("history"))]
    places = [mapping(chunk.get("metadata")) for chunk in chunks]
    return Summary(
        sum(
            len(identified(mapping(thread).get("messages")))
            for chunk in chunks
            for thread in items(chunk.get("threads"))
        ),
        max((phase for place in places if (phase := integer(place.get("phase"))) is not None), default=None),
        max((share for place in places if (share := integer(place.get("progress"))) is not None), default=None),
        [integer(mapping(error).get("code")) for chunk in chunks for error in items(chunk.get("errors"))],
    )


def _past(change: AccountChange, item: dict[str, Any], customer: Sender) -> Past:
    read = with_customer(change, item, customer)
    ours = _is_ours(change, item, customer)
    word = text(mapping(item.get("history_context")).get("status")) or ""
    return Past(read, ours, _STATUSES.get(word.upper(), "sent") if ours else "received", change.received_at)


def _holder(thread: dict[str, Any], people: Book) -> Sender:
    """The customer a thread is kept with: Meta names the number, or the user id where it may not tell the number."""
    context = mapping(thread.get("context"))
    identifier = thread.get("id")
    by_number = person(identifier or context.get("wa_id"), context.get("user_id"), None, people)
    if by_number.phone is None and by_number.bsuid is None:
        return person(None, identifier, None, people)
    return by_number


def _other_side(change: AccountChange, item: dict[str, Any], people: Book) -> Sender:
    """The customer of a message that stands in no thread."""
    writer = person(item.get("from"), item.get("from_user_id"), None, people)
    addressee = person(item.get("to"), item.get("to_user_id"), None, people)
    return addressee if writer.phone is not None and writer.phone == _business(change) else writer


def _is_ours(change: AccountChange, item: dict[str, Any], customer: Sender) -> bool:
    told = mapping(item.get("history_context")).get("from_me")
    if isinstance(told, bool):
        return told
    writer = person(item.get("from"), item.get("from_user_id"), None, {})
    if writer.phone is None and writer.bsuid is None:
        return "to" in item or "to_user_id" in item
    if _shares(writer.phone, customer.phone) or _shares(writer.bsuid, customer.bsuid):
        return False
    business = _business(change)
    return business is None or writer.phone is None or writer.phone == business


def _shares(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _business(change: AccountChange) -> str | None:
    """The business's own number."""
    return person(digits(mapping(change.value.get("metadata")).get("display_phone_number")), None, None, {}).phone


def richer(one: Past, other: Past) -> Past:
    """One telling of a message out of two: the file instead of its placeholder, the status that is further."""
    base = other if one.message.type == PLACEHOLDER else one
    return base._replace(status=max(one.status, other.status, key=RANKS.index))


def distinct(tellings: Sequence[tuple[int, Past]]) -> list[tuple[int, Past]]:
    """Each message of each organization once, the newest first."""
    found: dict[tuple[int, str], Past] = {}
    for organization_id, telling in tellings:
        place = (organization_id, telling.message.wamid)
        found[place] = richer(found[place], telling) if place in found else telling
    ordered = sorted(found.items(), key=lambda each: (each[1].message.at, each[0][1]), reverse=True)
    return [(organization_id, telling) for (organization_id, _), telling in ordered]
