"""Messages from customers: claimed by Meta's id, then written."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("inbound_messages")


class Row(NamedTuple):
    """One row of the message log; `content` is JSON text, `recipient` the customer's own identifier."""

    organization_id: int
    id: int
    phone_number_id: str
    contact_id: int | None
    conversation_id: int | None
    lead_id: int | None
    type: str
    external_id: str
    recipient: str | None
    text: str
    content: str
    context_wamid: str | None
    group_id: str | None
    error_code: int | None
    error_message: str | None
    warning: str | None
    created_at: datetime


class File(NamedTuple):
    """A file of a message, to be downloaded."""

    organization_id: int
    message_id: int
    phone_number_id: str
    meta_id: str
    created_at: datetime
    type: str
    mime_type: str | None
    sha256: bytes | None
    filename: str | None


async def claim(conn: Connection, organizations: Sequence[int], wamids: Sequence[str]) -> dict[tuple[int, str], int]:
    """(organization, wamid) -> id of our row, only for those never seen before; ids follow the order given."""
    rows = await conn.fetch(_SQL.claim, organizations, wamids)
    return {(organization_id, wamid): message_id for organization_id, wamid, message_id in rows}


async def add(conn: Connection, rows: Sequence[Row]) -> None:
    await conn.execute(_SQL.add, *columns(rows, Row))


async def add_echoes(conn: Connection, rows: Sequence[Row]) -> None:
    """Messages of the business itself; `recipient` is the customer all the same."""
    await conn.execute(_SQL.add_echoes, *columns(rows, Row))


async def add_media(conn: Connection, files: Sequence[File]) -> None:
    await conn.execute(_SQL.add_media, *columns(files, File))
