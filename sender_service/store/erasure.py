"""Taking out what was said and who said it: the rows stay as numbers, their content goes."""

from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("erasure")


async def begin(conn: Connection, organization_id: int, contact_id: int) -> Record | None:
    """The contact's identifiers, lead and aliases, locked; None when there is no such contact."""
    return await conn.fetchrow(_SQL.begin, organization_id, contact_id)


async def cancel(conn: Connection, organization_id: int, contact_id: int) -> None:
    """What still waits for the contact is not sent."""
    await conn.execute(_SQL.cancel, organization_id, contact_id)


async def messages(
    conn: Connection, organization_id: int, contact_id: int, *, below: int | None, limit: int
) -> list[int]:
    """Ids of the messages emptied now, at most `limit`."""
    rows = await conn.fetch(_SQL.messages, organization_id, contact_id, below, limit)
    return sorted((row["id"] for row in rows), reverse=True)


async def traces(conn: Connection, organization_id: int, message_ids: Sequence[int]) -> None:
    """What else is kept about these messages."""
    await conn.execute(_SQL.traces, organization_id, list(message_ids))


async def files(conn: Connection, organization_id: int, message_ids: Sequence[int]) -> list[str]:
    """Paths of the kept files of these messages: the caller deletes them."""
    rows = await conn.fetch(_SQL.files, organization_id, list(message_ids))
    return [row["path"] for row in rows if row["path"] is not None]


async def lead(conn: Connection, organization_id: int, lead_id: int) -> None:
    """The lead's name, phone and notes."""
    await conn.execute(_SQL.lead, organization_id, lead_id)


async def contact(conn: Connection, organization_id: int, contact_id: int) -> None:
    """The contact, its conversations, its former identifiers."""
    await conn.execute(_SQL.contact, organization_id, contact_id)


async def letters(conn: Connection, organization_id: int, known: Sequence[str]) -> None:
    """Dead letters that mention the contact."""
    await conn.execute(_SQL.letters, organization_id, list(known))


async def parked(conn: Connection, organization_id: int, known: Sequence[str]) -> None:
    """Parked statuses and set-aside items that mention the contact."""
    await conn.execute(_SQL.parked, organization_id, list(known))


async def webhooks(
    conn: Connection, organization_id: int, known: Sequence[str], since: datetime, *, until: datetime
) -> None:
    """Raw webhooks of a span that mention the contact."""
    await conn.execute(_SQL.webhooks, organization_id, list(known), since, until)


async def oldest_webhook(conn: Connection) -> datetime | None:
    """Since when raw webhooks are kept."""
    moment: datetime | None = await conn.fetchval(_SQL.oldest_webhook)
    return moment
