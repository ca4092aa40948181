"""Raw webhooks as an organization reads them back: listed, and taken out to be replayed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("webhook_archive")

# Both parts are needed to find a webhook: it lies in the partition of its day.
Name: TypeAlias = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What webhooks are narrowed by; None means all."""

    outcome: str | None = None
    phone_number_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def arguments(self) -> tuple[object, ...]:
        return (self.outcome, self.phone_number_id, self.since, self.until)


async def page(
    conn: Connection,
    organization_id: int,
    chosen: Chosen,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
    offset: int = 0,
) -> list[Record]:
    """Up to `limit` + 1 webhooks without their bodies, newest first."""
    key = before or (None, None)
    return await conn.fetch(_SQL.page, organization_id, *key, *chosen.arguments(), limit, offset)


async def count(conn: Connection, organization_id: int, chosen: Chosen) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count, organization_id, *chosen.arguments())
    return number


async def selected(
    conn: Connection, organization_id: int, chosen: Chosen, *, named: Sequence[Name] | None, limit: int
) -> list[Name]:
    """The names of those that can be replayed, oldest first."""
    ids = None if named is None else [one[1] for one in named]
    times = None if named is None else [one[0] for one in named]
    rows = await conn.fetch(_SQL.selected, organization_id, ids, times, *chosen.arguments(), limit)
    return [(row["received_at"], row["id"]) for row in rows]


async def whole(conn: Connection, organization_id: int, named: Sequence[Name]) -> list[Record]:
    """With their bodies, oldest first."""
    return await conn.fetch(_SQL.whole, organization_id, [one[0] for one in named], [one[1] for one in named])
