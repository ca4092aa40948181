"""Ids as they stand in paths: numbers, Meta's ids, and `+<E.164>` in the place of a contact or conversation."""

import re
from typing import Any

from sender_service import phone
from sender_service.api.problems import not_found
from sender_service.store import address_book, inbox
from sender_service.store.database import Connection

MAX_ID = 2**63 - 1
# Messages from before a number came here have ids below zero.
_ID = re.compile(r"-?[1-9][0-9]{0,18}")
_GIVEN = re.compile(r"[\x21-\x7e]{1,64}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def path_id(text: str, what: str) -> int:
    """An id that stands in a path; anything else is a thing that does not exist."""
    if not _ID.fullmatch(text) or abs(int(text)) > MAX_ID:
        raise not_found(what)
    return int(text)


def row_id(value: Any) -> int:
    """An id that stands in a cursor; ValueError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or value == 0 or abs(value) > MAX_ID:
        raise ValueError("is not an id")
    return value


def given_id(value: Any) -> str:
    """An id of Meta's that stands in a cursor; ValueError for anything else."""
    if not isinstance(value, str) or not _GIVEN.fullmatch(value):
        raise ValueError("is not an id")
    return value


async def contact_id(conn: Connection, organization_id: int, text: str) -> int:
    """The contact of an id or of `+<E.164>`."""
    if not _PHONE.fullmatch(text):
        return path_id(text, "contact")
    found = await address_book.of_phone(conn, organization_id, phone.fold(text[1:]))
    if found is None:
        raise not_found("contact")
    return found


async def conversation_id(conn: Connection, organization_id: int, text: str) -> int:
    """The conversation of an id, or the latest one with `+<E.164>`."""
    if not _PHONE.fullmatch(text):
        return path_id(text, "conversation")
    found = await inbox.of_phone(conn, organization_id, phone.fold(text[1:]))
    if found is None:
        raise not_found("conversation")
    return int(found["id"])
