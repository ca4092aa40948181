"""Leads, the link of a contact to its lead, and the notes that messages become."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.contact_rows import Link
from sender_service.store.database import Connection, queries

_SQL = queries("leads")


class Unlinked(NamedTuple):
    """A contact to be linked, and the name of the lead that is made when none has its phone."""

    organization_id: int
    contact_id: int
    phone: str | None
    name: str
    message_id: int


class Note(NamedTuple):
    organization_id: int
    lead_id: int
    message_id: int
    text: str
    created_at: datetime


async def link(conn: Connection, contacts: Sequence[Unlinked]) -> list[Link]:
    """The links made. The contacts are new or locked: nobody links them at the same time."""
    return [Link(*row) for row in await conn.fetch(_SQL.link, *columns(contacts, Unlinked))]


async def links(conn: Connection, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """(organization, contact) -> lead, for those that are linked."""
    rows = await conn.fetch(_SQL.links, [key[0] for key in keys], [key[1] for key in keys])
    return {(row["organization_id"], row["contact_id"]): row["lead_id"] for row in rows}


async def add_notes(conn: Connection, notes: Sequence[Note]) -> None:
    await conn.execute(_SQL.add_notes, *columns(notes, Note))
