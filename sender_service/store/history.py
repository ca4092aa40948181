"""The message log as people and programs read it: lists by filter, one message, its timeline and its attempts."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("history")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of messages is narrowed by; None means all."""

    lead_id: int | None = None
    conversation_id: int | None = None
    conversations: list[int] | None = None
    direction: str | None = None
    status: str | None = None
    type: str | None = None
    campaign_id: int | None = None
    phone_number_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: list[int] | None = None

    def arguments(self) -> tuple[object, ...]:
        """In the order of the queries' parameters from $3 on."""
        return (
            self.lead_id,
            self.conversation_id,
            self.conversations,
            self.direction,
            self.status,
            self.type,
            self.campaign_id,
            self.phone_number_id,
            self.since,
            self.until,
            self.ids,
        )


async def page(
    conn: Connection, organization_id: int, filters: Filters, *, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 messages with ids below `before`, newest first."""
    return await conn.fetch(_SQL.page, organization_id, before, *filters.arguments(), limit, offset)


async def count(conn: Connection, organization_id: int, filters: Filters) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count, organization_id, None, *filters.arguments())
    return number


async def get(conn: Connection, organization_id: int, message_id: int) -> Record | None:
    """One message."""
    return await conn.fetchrow(_SQL.get, organization_id, message_id)


async def timeline(conn: Connection, organization_id: int, message_id: int) -> list[Record]:
    """Meta's reports about one message."""
    return await conn.fetch(_SQL.timeline, organization_id, message_id)


async def attempts(conn: Connection, organization_id: int, message_id: int) -> list[Record]:
    """Our calls for one message."""
    return await conn.fetch(_SQL.attempts, organization_id, message_id)


async def conversations_of_contact(conn: Connection, organization_id: int, contact_id: int) -> list[int]:
    """Ids of a contact's conversations."""
    rows = await conn.fetch(_SQL.conversations_of_contact, organization_id, contact_id)
    return [row["id"] for row in rows]
