"""The message log as people and programs read it: lists by filter, one message, its timeline and its attempts."""

from dataclasses import dataclass, replace
from datetime import datetime

from asyncpg import Record

from sender_service.store.database import Connection, queries
from sender_service.store.narrowed import narrowed

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
    first: int | None = None
    past: int | None = None
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

    def arguments(self) -> tuple[object, ...]:
        """In the order of the parameters from $3 on of the queries by which these are read."""
        if self.is_broad:
            return self._broad_arguments()
        whose = (self.lead_id, self.conversation_id, self.conversations)
        kind = (self.direction, self.status, self.type, self.campaign_id, self.phone_number_id)
        return (*whose, *kind, *self._time(), self.ids, self.words)

    def _broad_arguments(self) -> tuple[object, ...]:
        direction = self.direction
        if self.status is not None and direction is None and self.status not in LISTED:
            # What came in is received, all else went out: half of the kinds need not be looked through.
            direction = "inbound" if self.status == "received" else "outbound"
        return (direction, self.status, self.type, self.phone_number_id, *self._time())

    def _time(self) -> tuple[object, ...]:
        return (self.since, self.until, self.first, self.past)


async def bounded(conn: Connection, organization_id: int, filters: Filters) -> Filters:
    """With the ids between which the messages of its time stand: the log is read from one to the other."""
    if filters.since is None and filters.until is None:
        return filters
    row = await conn.fetchrow(_SQL.bounds, organization_id, filters.since, filters.until)
    return replace(filters, first=row["first"], past=row["past"]) if row else filters


async def page(
    conn: Connection, organization_id: int, filters: Filters, *, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 messages with ids below `before`, newest first."""
    given = (organization_id, before, *filters.arguments())
    return await conn.fetch(narrowed(way(filters)[0], given, limit, offset), *given)


async def found(
    conn: Connection,
    organization_id: int,
    words: str,
    *,
    before: int | None,
    limit: int,
    offset: int,
    all_of: int | None,
) -> list[Record]:
    """As `page`, of the messages that hold the words; `among` says how many do, counted no further than `all_of`.

    Where that is None only the page is looked for, and `among` says nothing.
    """
    edge, wanted = (before, offset + limit + 1) if all_of is None else (None, all_of)
    given = (organization_id, words, edge, wanted, before)
    return await conn.fetch(narrowed(_SQL.page_found, given, limit, offset), *given)


async def count(conn: Connection, organization_id: int, filters: Filters) -> int:
    """At most 10,001."""
    given = (organization_id, None, *filters.arguments())
    number: int = await conn.fetchval(narrowed(way(filters)[1], given), *given)
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


async def get(conn: Connection, organization_id: int, message_id: int) -> Record | None:
    """One message."""
    return await conn.fetchrow(_SQL.get, organization_id, message_id)


async def detail(conn: Connection, organization_id: int, message_id: int) -> Record | None:
    """One message with what lists leave out."""
    return await conn.fetchrow(_SQL.detail, organization_id, message_id)


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
