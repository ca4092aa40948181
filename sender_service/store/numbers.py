"""Phone numbers: what an organization sends from."""

from dataclasses import dataclass
from typing import Any

from asyncpg import InsufficientPrivilegeError, Record

from sender_service.errors import NumberTaken
from sender_service.store.database import Connection, queries

_SQL = queries("numbers")


async def ensure(
    conn: Connection,
    organization_id: int,
    number_id: str,
    *,
    account_id: str,
    digits: str = "",
    display: str = "",
    country: str | None = None,
    token: bytes | None = None,
) -> bool:
    """Register or update a number (token already encrypted); whether it is new. Raise `NumberTaken`."""
    try:
        row: Record | None = await conn.fetchrow(
            _SQL.ensure, organization_id, number_id, account_id, digits, display, country, token
        )
    except InsufficientPrivilegeError:
        # Under row-level security another organization's row cannot be seen, only run into.
        raise NumberTaken(number_id) from None
    if row is None:
        raise NumberTaken(number_id)
    created: bool = row["created"]
    return created


async def ids(conn: Connection, organization_id: int) -> list[str]:
    """Every number of an organization."""
    return [row["id"] for row in await conn.fetch(_SQL.ids, organization_id)]


async def owner(conn: Connection, number_id: str) -> int | None:
    """The organization of a number; None when nobody registered it."""
    organization_id: int | None = await conn.fetchval(_SQL.owner, number_id)
    return organization_id


async def page(
    conn: Connection,
    organization_id: int,
    number_id: str | None = None,
    *,
    after: str | None = None,
    limit: int = 1,
    offset: int = 0,
) -> list[Record]:
    """Up to `limit` + 1 numbers with what stops them, by id; every row carries `total`."""
    return await conn.fetch(_SQL.page, organization_id, number_id, after, limit, offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberEdit:
    """What is to change; None leaves it as it is, a cap of 0 takes the cap away."""

    display: str | None = None
    digits: str | None = None
    country: str | None = None
    throughput: int | None = None
    cap_per_second: int | None = None
    cap_per_hour: int | None = None
    cap_per_day: int | None = None


async def edit(conn: Connection, organization_id: int, number_id: str, change: NumberEdit) -> bool:
    """False when there is no such number."""
    found = await conn.fetchval(
        _SQL.edit,
        organization_id,
        number_id,
        change.display,
        change.digits,
        change.country,
        change.throughput,
        change.cap_per_second,
        change.cap_per_hour,
        change.cap_per_day,
    )
    return found is not None


async def pause(conn: Connection, organization_id: int, number_id: str, reason: str) -> bool:
    """Whether this stopped it."""
    return await conn.fetchval(_SQL.pause, organization_id, number_id, reason) is not None


async def set_token(conn: Connection, organization_id: int, number_id: str, token: bytes) -> bool:
    """Give it a token (already encrypted); False when there is no such number."""
    return await conn.fetchval(_SQL.set_token, organization_id, number_id, token) is not None


async def credentials(conn: Connection, organization_id: int, number_id: str) -> Record | None:
    """Its account and both encrypted tokens."""
    return await conn.fetchrow(_SQL.credentials, organization_id, number_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What Meta says about a number; None where it says nothing."""

    verified_name: str | None = None
    quality: str | None = None
    messaging_limit: str | None = None
    status: str | None = None
    throughput: int | None = None
    display: str | None = None
    digits: str = ""
    country: str | None = None
    health: Any = None


async def seen(conn: Connection, organization_id: int, number_id: str, facts: Seen) -> None:
    """Keep it, with the moment."""
    await conn.execute(
        _SQL.seen,
        organization_id,
        number_id,
        facts.verified_name,
        facts.quality,
        facts.messaging_limit,
        facts.status,
        facts.throughput,
        facts.display,
        facts.digits,
        facts.country,
        facts.health,
    )


async def registered(conn: Connection, organization_id: int, number_id: str) -> None:
    """Remember the moment of its registration."""
    await conn.execute(_SQL.registered, organization_id, number_id)


async def backlog(conn: Connection, organization_id: int, number_id: str) -> dict[str, int]:
    """How many messages wait on it, by state."""
    return {row["state"]: row["messages"] for row in await conn.fetch(_SQL.backlog, organization_id, number_id)}
