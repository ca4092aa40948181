"""The second wall between organizations: a transaction that sees the rows of one organization only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sender_service.store.database import Connection, Pool, acquired, queries

_SQL = queries("tenancy")


@asynccontextmanager
async def acting(pool: Pool, organization_id: int) -> AsyncIterator[Connection]:
    """A transaction under the row-level security of `colomba_api`, bound to one organization.

    It begins and is bound in one exchange: every request passes here, and an exchange is a tenth of what it takes.
    """
    async with acquired(pool) as conn:
        try:
            await conn.execute(f"begin; {_SQL.bind.replace('$1', repr(str(int(organization_id))))}")
            yield conn
        except BaseException:
            await conn.execute("rollback")
            raise
        await conn.execute("commit")
