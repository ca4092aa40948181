"""The second wall between organizations: a transaction that sees the rows of one organization only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sender_service.store.database import Connection, Pool, queries, transaction

_SQL = queries("tenancy")


@asynccontextmanager
async def acting(pool: Pool, organization_id: int) -> AsyncIterator[Connection]:
    """A transaction under the row-level security of `colomba_api`, bound to one organization."""
    async with transaction(pool) as conn:
        await bind(conn, organization_id)
        yield conn


async def bind(conn: Connection, organization_id: int) -> None:
    """Narrow the open transaction to one organization; it widens again when it ends."""
    await conn.execute(_SQL.bind, str(organization_id))
