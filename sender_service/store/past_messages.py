"""Messages from before a number came here: below all others, without events, and giving way to what arrives live."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("past_messages")

Key = tuple[int, str]


class Row(NamedTuple):
    """One row of the message log; `content` is JSON text, `recipient` the customer."""

    organization_id: int
    id: int
    direction: str
    phone_number_id: str
    contact_id: int | None
    conversation_id: int | None
    type: str
    status: str
    external_id: str
    recipient: str | None
    text: str
    content: str
    context_wamid: str | None
    error_code: int | None
    error_message: str | None
    warning: str | None
    created_at: datetime


class Retold(NamedTuple):
    """What another telling of a known message says."""

    organization_id: int
    wamid: str
    type: str
    text: str
    content: str
    status: str
    error_code: int | None
    error_message: str | None


async def claim(conn: Connection, organizations: Sequence[int], wamids: Sequence[str]) -> dict[Key, int]:
    """(organization, wamid) -> id of our row, only for those never seen before; ids fall in the order given."""
    rows = await conn.fetch(_SQL.claim, organizations, wamids)
    return {(organization_id, wamid): message_id for organization_id, wamid, message_id in rows}


async def add(conn: Connection, rows: Sequence[Row]) -> None:
    await conn.execute(_SQL.add, *columns(rows, Row))


async def retell(conn: Connection, told: Sequence[Retold], placeholder: str, ranks: Sequence[str]) -> dict[Key, int]:
    """(organization, wamid) -> id of those whose file is known only now; `ranks` are statuses, the last one wins."""
    rows = await conn.fetch(_SQL.retell, *columns(told, Retold), placeholder, ranks)
    return {(row[0], row[1]): row[2] for row in rows if row[2] is not None}


async def give_way(conn: Connection, organizations: Sequence[int], wamids: Sequence[str]) -> bool:
    """Forget those of these messages that are known from before only; whether there was one."""
    return bool(await conn.fetch(_SQL.give_way, organizations, wamids))
