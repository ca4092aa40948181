"""Conversations: one per number and contact."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("conversations")


class Received(NamedTuple):
    """What a batch brings to one conversation; the `last_customer_*` are empty where only the system spoke."""

    organization_id: int
    phone_number_id: str
    contact_id: int
    group_id: str | None
    subject: str
    unread_count: int
    last_message_id: int
    last_message_at: datetime
    last_message_text: str
    last_customer_message_at: datetime | None
    last_customer_wamid: str | None
    referral_at: datetime | None


async def receive(conn: Connection, received: Sequence[Received]) -> dict[tuple[str, int], int]:
    """(number, contact) -> conversation."""
    rows = await conn.fetch(_SQL.receive, *columns(received, Received))
    return {(row["phone_number_id"], row["contact_id"]): row["id"] for row in rows}


class Answer(NamedTuple):
    """A message the business sent to a contact by other means than us."""

    organization_id: int
    phone_number_id: str
    contact_id: int
    subject: str
    message_id: int
    at: datetime
    text: str


async def answer(conn: Connection, given: Answer) -> int:
    """The conversation."""
    conversation_id: int = await conn.fetchval(_SQL.answer, *given)
    return conversation_id


class Recalled(NamedTuple):
    """The latest message from before of one conversation."""

    organization_id: int
    phone_number_id: str
    contact_id: int
    subject: str
    last_message_id: int
    last_message_at: datetime
    last_message_text: str
    last_message_direction: str


async def recall(conn: Connection, recalled: Sequence[Recalled]) -> dict[tuple[str, int], int]:
    """(number, contact) -> conversation."""
    rows = await conn.fetch(_SQL.recall, *columns(recalled, Recalled))
    return {(row["phone_number_id"], row["contact_id"]): row["id"] for row in rows}


async def rename(conn: Connection, renamed: Sequence[tuple[int, int, str]]) -> None:
    """Set the subject of all conversations of these (organization, contact, subject)."""
    await conn.execute(_SQL.rename, *map(list, zip(*renamed, strict=True)))
