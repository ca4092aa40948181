"""Campaigns: one template to many recipients, fed into the bulk lane little by little."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from asyncpg import Record

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("campaigns")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCampaign:
    """`share` is the part of the number's rate it may take, `failure_limit` the part of failures that stops it."""

    name: str
    phone_number_id: str
    template_id: int
    variables: Mapping[str, str]
    starts_at: datetime | None
    share: float
    failure_limit: float
    created_by: str


class NewRecipient(NamedTuple):
    """`recipient` is digits, or a business-scoped user id."""

    recipient: str
    lead_id: int | None
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads; None means all."""

    ids: Sequence[int] | None = None
    status: str | None = None
    source: str | None = None
    stage_id: int | None = None
    assigned_to_id: int | None = None


class AtWork(NamedTuple):
    """A campaign whose time has come. `since_fed`: seconds since its share was used up, None before the first batch."""

    organization_id: int
    id: int
    phone_number_id: str
    variables: Mapping[str, str]
    share: float
    failure_limit: float
    fed: int
    total: int
    judged_after: int
    since_fed: float | None
    rate: float
    number_paused: bool
    template_paused: bool
    template: str
    language: str
    parameter_format: str
    components: Sequence[Mapping[str, Any]]
    waiting: int


class Recipient(NamedTuple):
    ordinal: int
    recipient: str
    lead_id: int | None
    variables: Mapping[str, str]


class Fed(NamedTuple):
    """What became of one recipient: `accepted` with its message, or `refused` with the reason."""

    ordinal: int
    status: str
    message_id: int | None
    error: str | None


async def create(conn: Connection, organization_id: int, new: NewCampaign) -> int:
    """The id of the new campaign, a draft without recipients."""
    campaign_id: int = await conn.fetchval(
        _SQL.create, organization_id, new.name, new.phone_number_id, new.template_id, new.variables, new.starts_at,
        new.share, new.failure_limit, new.created_by,
    )  # fmt: skip
    return campaign_id


async def sender(conn: Connection, organization_id: int, phone_number_id: str | None) -> Record | None:
    """None when there is no such number, or none was named and there are several."""
    return await conn.fetchrow(_SQL.sender, organization_id, phone_number_id)


async def template(
    conn: Connection,
    organization_id: int,
    account_id: str,
    *,
    template_id: int | None,
    name: str | None,
    language: str | None,
) -> list[Record]:
    """Those that fit, usable ones first, at most two."""
    return await conn.fetch(_SQL.template, organization_id, template_id, name, language, account_id)


async def lock(conn: Connection, organization_id: int, campaign_id: int) -> Record | None:
    return await conn.fetchrow(_SQL.lock, organization_id, campaign_id)


async def add_recipients(
    conn: Connection, organization_id: int, campaign_id: int, recipients: Sequence[NewRecipient], *, after: int
) -> int:
    """How many were new; the campaign is locked by the caller and has `after` recipients already."""
    await _without_nested_loops(conn)
    added: int = await conn.fetchval(
        _SQL.add_recipients, organization_id, campaign_id, *columns(recipients, NewRecipient), after
    )
    return added


async def add_leads(
    conn: Connection, organization_id: int, campaign_id: int, chosen: LeadFilter, *, after: int, most: int
) -> int:
    """How many leads were new, at most `most`."""
    ids = None if chosen.ids is None else list(chosen.ids)
    await _without_nested_loops(conn)
    added: int = await conn.fetchval(
        _SQL.add_leads, organization_id, campaign_id, ids, chosen.status, chosen.source, chosen.stage_id,
        chosen.assigned_to_id, after, most,
    )  # fmt: skip
    return added


async def add_contacts(
    conn: Connection,
    organization_id: int,
    campaign_id: int,
    *,
    ids: Sequence[int] | None,
    tags: Sequence[str] | None,
    after: int,
    most: int,
) -> int:
    """How many contacts were new, at most `most`."""
    chosen = (None if ids is None else list(ids), None if tags is None else list(tags))
    await _without_nested_loops(conn)
    added: int = await conn.fetchval(_SQL.add_contacts, organization_id, campaign_id, *chosen, after, most)
    return added


async def _without_nested_loops(conn: Connection) -> None:
    """Recipients added in this transaction are in no statistics: a nested loop would compare all with all."""
    await conn.execute(_SQL.without_nested_loops)


async def set_total(conn: Connection, organization_id: int, campaign_id: int, *, total: int, status: str) -> None:
    await conn.execute(_SQL.set_total, organization_id, campaign_id, total, status)


async def get(conn: Connection, organization_id: int, campaign_id: int) -> Record | None:
    return await conn.fetchrow(_SQL.get, organization_id, campaign_id)


async def page(
    conn: Connection, organization_id: int, *, status: str | None, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 campaigns, newest first."""
    return await conn.fetch(_SQL.page, organization_id, before, status, limit, offset)


async def count(conn: Connection, organization_id: int, *, status: str | None) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count, organization_id, status)
    return number


async def progress(conn: Connection, organization_id: int, campaign_id: int) -> dict[str, int]:
    """Status -> messages."""
    rows = await conn.fetch(_SQL.progress, organization_id, campaign_id)
    return {row["status"]: row["messages"] for row in rows}


async def refused(conn: Connection, organization_id: int, campaign_id: int, limit: int) -> list[Record]:
    return await conn.fetch(_SQL.refused, organization_id, campaign_id, limit)


async def move(
    conn: Connection,
    organization_id: int,
    campaign_id: int,
    *,
    expected: Sequence[str],
    to: str,
    reason: str | None = None,
) -> bool:
    """False when the campaign is in none of the expected states."""
    moved = await conn.fetchval(_SQL.move, organization_id, campaign_id, list(expected), to, reason)
    return moved is not None


async def at_work(conn: Connection) -> list[AtWork]:
    """Of all organizations."""
    return [AtWork(*row) for row in await conn.fetch(_SQL.at_work)]


async def next_recipients(
    conn: Connection, organization_id: int, campaign_id: int, *, after: int, limit: int
) -> list[Recipient]:
    return [
        Recipient(*row) for row in await conn.fetch(_SQL.next_recipients, organization_id, campaign_id, after, limit)
    ]


async def mark_fed(
    conn: Connection, campaign: AtWork, fed: Sequence[Fed], *, up_to: int, window: float, seconds: float
) -> str | None:
    """The campaign's state now. The batch uses up `seconds` of its share, which gathers for `window` at most."""
    arguments = (*columns(fed, Fed), up_to, window, seconds)
    status: str | None = await conn.fetchval(_SQL.mark_fed, campaign.organization_id, campaign.id, *arguments)
    return status


async def judge(conn: Connection, campaign: AtWork, latest: int) -> tuple[int, int]:
    """(settled, failed) among the latest so many messages."""
    row = await conn.fetchrow(_SQL.judge, campaign.organization_id, campaign.id, campaign.judged_after, latest)
    return (row["settled"], row["failed"]) if row else (0, 0)


async def finish(conn: Connection) -> list[tuple[int, int]]:
    """(organization, campaign) of those closed now."""
    return [(row["organization_id"], row["id"]) for row in await conn.fetch(_SQL.finish)]


async def cancelled(conn: Connection) -> list[tuple[int, int]]:
    """(organization, campaign) of which rows are left."""
    return [(row["organization_id"], row["id"]) for row in await conn.fetch(_SQL.cancelled)]
