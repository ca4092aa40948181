"""This installation: the token that marks its own attempt ids, and whether its database is there."""

from asyncpg import InvalidSchemaNameError, UndefinedTableError

from sender_service.store.database import Pool, acquired, queries

_SQL = queries("installation")


async def token(pool: Pool) -> str | None:
    """The installation's token; None before the first migration. Raise `NeighbourAway`."""
    try:
        async with acquired(pool) as conn:
            value: str | None = await conn.fetchval(_SQL.token)
            return value
    except (UndefinedTableError, InvalidSchemaNameError):
        return None


async def alive(pool: Pool) -> bool:
    """Whether a query is answered. Raise `NeighbourAway`."""
    async with acquired(pool) as conn:
        return bool(await conn.fetchval(_SQL.alive) == 1)
