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
