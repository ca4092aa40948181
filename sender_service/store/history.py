"""The message log as people and programs read it: lists by filter, one message, its timeline and its attempts."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("history")
# What the triggers of `rare_statuses` note.
RARE = frozenset({"failed", "expired", "cancelled", "unknown", "played"})
# States of `send_queue`.
WAITING = frozenset({"queued", "scheduled", "retry_wait", "sending"})
LISTED = RARE | WAITING


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
    words: str | None = None

    @property
    def is_of_few(self) -> bool:
        """Whether what is asked for is of one person or conversation: reading their messages beats any search."""
        few = (self.lead_id, self.conversation_id, self.conversations)
        return any(value is not None for value in few)

    @property
    def is_broad(self) -> bool:
        """Whether what is asked for may be anything from nothing to all, spread over the whole log."""
        narrow = (self.lead_id, self.conversation_id, self.conversations, self.campaign_id, self.ids, self.words)
        kind = (self.direction, self.type, self.phone_number_id)
        told_by_status = self.status in LISTED or self.status == "received"
        return all(value is None for value in narrow) and (told_by_status or any(value is not None for value in kind))

    def broad_arguments(self) -> tuple[object, ...]:
        """In the order of the parameters of the queries for what is broad."""
        direction = self.direction
        if self.status is not None and direction is None and self.status not in LISTED:
            # What came in is received, all else went out: half of the kinds need not be looked through.
            direction = "inbound" if self.status == "received" else "outbound"
        return direction, self.status, self.type, self.phone_number_id, self.since, self.until

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
    bounds = await _bounds(conn, organization_id, filters)
    given = (before, *_given(filters), *bounds, *_words(filters))
    return await conn.fetch(way(filters)[0], organization_id, *given, limit, offset)


async def count(conn: Connection, organization_id: int, filters: Filters) -> int:
    """At most 10,001."""
    bounds = await _bounds(conn, organization_id, filters)
    before = () if filters.is_broad else (None,)
    given = (*before, *_given(filters), *bounds, *_words(filters))
    number: int = await conn.fetchval(way(filters)[1], organization_id, *given)
    return number


def way(filters: Filters) -> tuple[str, str]:
    """The queries that read and that count by the index that leaves the fewest messages."""
    if not filters.is_broad:
        return (_SQL.page if filters.ids is None else _SQL.page_among), _SQL.count
    if filters.status in RARE:
        return _SQL.page_in_rare_status, _SQL.count_in_rare_status
    if filters.status in WAITING:
        return _SQL.page_waiting, _SQL.count_waiting
    return _SQL.page_of_kind, _SQL.count_of_kind


async def _bounds(conn: Connection, organization_id: int, filters: Filters) -> tuple[int | None, int | None]:
    """Looked up first: a plan made with the ids themselves reads the messages of an hour, not the log."""
    if filters.since is None and filters.until is None:
        return None, None
    row = await conn.fetchrow(_SQL.bounds, organization_id, filters.since, filters.until)
    return (row["first"], row["past"]) if row else (None, None)


def _words(filters: Filters) -> tuple[str | None, ...]:
    return () if filters.is_broad else (filters.words,)


def _given(filters: Filters) -> tuple[object, ...]:
    return filters.broad_arguments() if filters.is_broad else filters.arguments()


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
