"""The second wall between organizations: connections that see the rows of one organization only."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import orjson

from sender_service.store.database import (
    Connection,
    Pool,
    PoolConnection,
    acquired,
    open_pool,
    prepare_connection,
    queries,
)

_SQL = queries("tenancy")


class _Reader(PoolConnection):
    """Under the row-level security of `colomba_api` for good, bound to one organization after the other."""

    bound_to: int | None = None

    @staticmethod
    async def opened(conn: Connection) -> None:
        await prepare_connection(conn, _as_it_is)
        await conn.execute(_SQL.become_reader)

    async def bind(self, organization_id: int) -> None:
        if self.bound_to != organization_id:
            self.bound_to = None
            await self.fetchval(_SQL.rebind, str(organization_id))
            self.bound_to = organization_id


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


def open_readers(dsn: str, *, max_size: int, name: str) -> AbstractAsyncContextManager[Pool]:
    """A pool for `reading` alone. JSON comes out of it as it is, for `orjson`."""
    return open_pool(dsn, max_size=max_size, name=name, kind=_Reader)


@asynccontextmanager
async def reading(readers: Pool, organization_id: int) -> AsyncIterator[Connection]:
    """A connection that sees the rows of one organization and changes none; each statement stands for itself.

    What `acting` does anew for each request stays as it is here: a list is one exchange, not four. Statements are
    planned once, so they must not depend on their values: see `narrowed`.
    """
    async with acquired(readers) as conn:
        await conn.bind(organization_id)  # type: ignore[union-attr]
        yield conn


def _as_it_is(data: bytes) -> Any:
    return orjson.Fragment(data[1:])
