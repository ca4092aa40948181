"""Conversations as people see them: the inbox, who has which, what is unread."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from sender_service.store.database import Connection, queries
from sender_service.store.narrowed import narrowed

_SQL = queries("inbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFilters:
    """What the inbox is narrowed by; None means all. `named`: words of the name, or the beginning of the phone."""

    status: str | None = None
    assigned_to_id: int | None = None
    unassigned: bool | None = None
    unread: bool | None = None
    phone_number_id: str | None = None
    contact_id: int | None = None
    named: str | None = None

    def arguments(self) -> tuple[object, ...]:
        return (
            self.status,
            self.assigned_to_id,
            self.unassigned,
            self.unread,
            self.phone_number_id,
            self.contact_id,
            self.named,
        )


async def page(
    conn: Connection,
    organization_id: int,
    filters: InboxFilters,
    *,
    after: tuple[datetime, int] | None,
    limit: int,
    offset: int = 0,
) -> list[Record]:
    """Up to `limit` + 1 conversations, the latest first; `after` is the (last_message_at, id) of the page before.

    Those of a name say in `among` how many there are.
    """
    moment, key = after or (None, None)
    text = _SQL.page if filters.named is None else _SQL.page_named
    given = (organization_id, moment, key, *filters.arguments())
    return await conn.fetch(narrowed(text, given, limit, offset), *given)


async def count(conn: Connection, organization_id: int, filters: InboxFilters) -> int:
    """At most 10,001."""
    given = (organization_id, None, None, *filters.arguments())
    number: int = await conn.fetchval(narrowed(_SQL.count, given), *given)
    return number


async def of_contact(conn: Connection, organization_id: int, contact_id: int) -> list[Record]:
    """A contact's conversations, the latest first; at most 100."""
    return await conn.fetch(_SQL.of_contact, organization_id, contact_id)


async def get(conn: Connection, organization_id: int, conversation_id: int) -> Record | None:
    """One conversation."""
    return await conn.fetchrow(_SQL.get, organization_id, conversation_id)


async def exists(conn: Connection, organization_id: int, conversation_id: int) -> bool:
    """Whether there is such a conversation."""
    found: bool = await conn.fetchval(_SQL.exists, organization_id, conversation_id)
    return found


async def of_phone(conn: Connection, organization_id: int, digits: str) -> Record | None:
    """The latest conversation with a phone number."""
    return await conn.fetchrow(_SQL.of_phone, organization_id, digits)


async def assign(conn: Connection, organization_id: int, conversation_id: int, user_id: int | None) -> bool:
    """False when there is no such conversation."""
    return await conn.fetchval(_SQL.assign, organization_id, conversation_id, user_id) is not None


async def mark_read(conn: Connection, organization_id: int, conversation_id: int) -> None:
    """Everything in it counts as read from now on."""
    await conn.execute(_SQL.mark_read, organization_id, conversation_id)


async def close(conn: Connection, organization_id: int, conversation_id: int, status: str) -> bool:
    """`status` closed, active or pending; False when there is no such conversation."""
    return await conn.fetchval(_SQL.close, organization_id, conversation_id, status) is not None
