"""Phone numbers: what an organization sends from."""

from asyncpg import Record

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
    row: Record | None = await conn.fetchrow(
        _SQL.ensure, organization_id, number_id, account_id, digits, display, country, token
    )
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
