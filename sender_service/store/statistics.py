"""Counts of messages by hour: kept for hours that are over, made while reading for the hours since."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sender_service.store.database import Connection, Pool, acquired, queries, transaction

_SQL = queries("statistics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A range of whole hours, what it is narrowed by, and what it is told apart by; `period` is hour or day."""

    since: datetime
    until: datetime
    phone_number_id: str | None = None
    template: str | None = None
    campaign_id: int | None = None
    period: str | None = None
    by_number: bool = False
    by_template: bool = False
    by_campaign: bool = False


class Count(NamedTuple):
    """One measure of one group; a part of the group that was not asked for is None. Measures: see migration 0009."""

    period: datetime | None
    phone_number_id: str | None
    template: str | None
    campaign_id: int | None
    measure: str
    value: str
    number: int


async def read(conn: Connection, organization_id: int, question: Question, *, most: int) -> list[Count]:
    """At most so many counts, ordered by group."""
    narrowed = (question.phone_number_id, question.template, question.campaign_id)
    apart = (question.period, question.by_number, question.by_template, question.by_campaign)
    rows = await conn.fetch(_SQL.read, organization_id, question.since, question.until, *narrowed, *apart, most)
    return [Count(*row) for row in rows]


async def uncounted(pool: Pool, limit: int) -> list[tuple[int, datetime]]:
    """(organization, hour), the oldest first, one of each organization."""
    async with acquired(pool) as conn:
        return [(row["organization_id"], row["hour"]) for row in await conn.fetch(_SQL.uncounted, limit)]


async def aged(pool: Pool, limit: int) -> list[tuple[int, datetime]]:
    """(organization, hour) worth counting again."""
    async with acquired(pool) as conn:
        return [(row["organization_id"], row["hour"]) for row in await conn.fetch(_SQL.aged, limit)]


async def count_hour(pool: Pool, organization_id: int, hour: datetime) -> None:
    """Count an hour anew; doing it twice changes nothing."""
    async with transaction(pool) as conn:
        await conn.execute(_SQL.claim_hour, organization_id, hour)
        await conn.execute(_SQL.clear_hour, organization_id, hour)
        await conn.execute(_SQL.count_hour, organization_id, hour)
