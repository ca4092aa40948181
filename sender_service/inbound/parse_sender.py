"""Who a webhook speaks of: the ids of its items, completed by the `contacts[]` beside them."""

from functools import lru_cache
from typing import Any, Final, TypeAlias

from sender_service.inbound.items import Sender
from sender_service.inbound.lenient import items, key, mapping, text
from sender_service.phone import fold

Book: TypeAlias = dict[str, dict[str, Any]]

# E.164 has at most 15 digits; groups and broadcast lists have other ids.
_MAX_DIGITS: Final = 15
_ONLY: Final = ""


def book(contacts: Any) -> Book:
    """`contacts[]` by wa_id and by user id; the only contact of a webhook also under the empty id."""
    found: Book = {}
    entries = [entry for entry in items(contacts) if isinstance(entry, dict)]
    for entry in entries:
        for name in ("wa_id", "user_id"):
            if identifier := text(entry.get(name)):
                found[identifier] = entry
    if len(entries) == 1:
        found[_ONLY] = entries[0]
    return found


def person(wa_id: Any, user_id: Any, parent_id: Any, people: Book) -> Sender:
    """The person these ids name, with what the book adds: the other id, profile name, username."""
    number, bsuid = text(wa_id), key(user_id)
    entry = _entry(number, bsuid, people)
    number = number or text(entry.get("wa_id"))
    phone = _phone(number) if number and len(number) <= _MAX_DIGITS + 1 else (None, None)
    profile = mapping(entry.get("profile"))
    return Sender(
        phone[0],
        phone[1],
        bsuid or key(entry.get("user_id")),
        key(parent_id) or key(entry.get("parent_user_id")),
        text(profile.get("username")),
        text(profile.get("name")),
    )


@lru_cache(maxsize=8_192)
def _phone(number: str) -> tuple[str | None, str | None]:
    """The digits of a wa_id and their folded form; nothing where it is no phone number."""
    digits = number.removeprefix("+")
    valid = digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS
    return (digits, fold(digits)) if valid else (None, None)


def _entry(number: str | None, bsuid: str | None, people: Book) -> dict[str, Any]:
    if number and number in people:
        return people[number]
    if bsuid and bsuid in people:
        return people[bsuid]
    return people.get(_ONLY, {}) if not number and not bsuid else {}
