"""The pool, transactions and named queries every noun of the store is built on.

Every wait is bounded twice, here and in the server: a frozen server answers neither, a lost connection only the second.
What means "the database is away" leaves as `NeighbourAway("postgres")`; everything else leaves as it is.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import cache
from importlib import resources
from time import monotonic
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import asyncpg
import orjson
from asyncpg import exceptions

from shared import metrics
from shared.messaging.errors import NeighbourAway

Result = TypeVar("Result")
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

ACQUIRE_SECONDS = 10.0
COMMAND_SECONDS = 20.0
CONNECT_SECONDS = 5.0
CONFLICT_TRIES = 5

_SERVER_SETTINGS = {
    "search_path": "colomba",
    "application_name": "colomba",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "5s",
    "jit": "off",
    "timezone": "UTC",
}
# The worker's statements take arrays and probe indexes, whatever the values: planning them anew for each small batch
# takes as long as running them. But a plan made while a table was empty takes any index of it (measured: 1,600 ms for
# a batch instead of 8, until the next ANALYZE), so no plan is kept long.
_REPETITIVE = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
_PLAN_SECONDS = {False: 300, True: 5}
_AWAY = (
    OSError,
    TimeoutError,
    exceptions.PostgresConnectionError,
    exceptions.OperatorInterventionError,
    exceptions.InsufficientResourcesError,
    exceptions.ReadOnlySQLTransactionError,
    exceptions.IdleInTransactionSessionTimeoutError,
    # A connection that was told it is being ended and has not been closed yet: nothing was sent on it.
    exceptions.InternalClientError,
)
_FRAGMENT = "fragment "


class Overtaken(Exception):
    """Another transaction made the same row since it was looked for: nothing was written, look again."""


_CONFLICTS = (exceptions.DeadlockDetectedError, exceptions.SerializationError, Overtaken)


class Queries:
    """The queries of one `sql/<noun>.sql`, as attributes."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._texts = load(noun)

    def __getattr__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(f"sql/{self._noun}.sql has no query {name!r}") from None


class PoolConnection(asyncpg.Connection):
    """A connection that is given back without a round trip: nothing here changes a session's state."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""

    @staticmethod
    async def opened(conn: Connection) -> None:
        """What is done once with each new connection."""
        await prepare_connection(conn)


def queries(noun: str) -> Queries:
    """The named queries of a noun."""
    return Queries(noun)


@cache
def load(noun: str) -> MappingProxyType[str, str]:
    """Name -> text of each query of `sql/<noun>.sql`; a query begins with the line `-- name --`.

    What several of them share begins with `-- fragment name --` and stands in them as `{name}`.
    """
    text = resources.files("sender_service.store").joinpath(f"sql/{noun}.sql").read_text()
    parts = re.split(r"^-- ((?:fragment )?[a-z0-9_]+) --$", text, flags=re.MULTILINE)
    found = {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    shared = {name.removeprefix(_FRAGMENT): found.pop(name) for name in list(found) if name.startswith(_FRAGMENT)}
    return MappingProxyType({name: _filled(body, shared) for name, body in found.items()})


def _filled(body: str, shared: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z0-9_]+)\}", lambda place: _filled(shared[place[1]], shared), body)


@asynccontextmanager
async def open_pool(
    dsn: str,
    *,
    max_size: int = 10,
    name: str = "colomba",
    is_repetitive: bool = False,
    kind: type[PoolConnection] = PoolConnection,
) -> AsyncIterator[Pool]:
    """A pool that opens no connection before the first use, so that a database away at the start is waited for.

    `is_repetitive`: the same statements again and again, whose plan does not depend on their values.
    """
    pool = asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=max_size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        connection_class=kind,
        init=kind.opened,
        max_cached_statement_lifetime=_PLAN_SECONDS[is_repetitive],
        server_settings=_SERVER_SETTINGS | {"application_name": name} | (_REPETITIVE if is_repetitive else {}),
    )
    await pool
    try:
        yield pool
    finally:
        await _close(pool)


async def prepare_connection(conn: Connection, decoder: Callable[[bytes], Any] | None = None) -> None:
    """JSON goes in and out as Python values; `orjson.Fragment` passes text that is JSON already."""
    await conn.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_encode_jsonb, decoder=decoder or _decode_jsonb
    )


@asynccontextmanager
async def acquired(pool: Pool) -> AsyncIterator[Connection]:
    """A connection outside any transaction."""
    with away_as_neighbour():
        async with _acquire(pool) as conn:
            yield conn


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection inside one transaction, committed at the end of the block."""
    with away_as_neighbour():
        async with _acquire(pool) as conn, conn.transaction():
            yield conn


@asynccontextmanager
async def _acquire(pool: Pool) -> AsyncIterator[Connection]:
    started = monotonic()
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as conn:
        metrics.POOL_WAIT_SECONDS.observe(monotonic() - started)
        yield conn


async def retrying(
    pool: Pool,
    work: Callable[[Connection], Awaitable[Result]],
    *,
    within: Callable[[Pool], AbstractAsyncContextManager[Connection]] = transaction,
) -> Result:
    """Run `work` in a transaction, again when it lost a deadlock or a serialization conflict, or was overtaken.

    A single statement is a transaction already: `within=acquired` spares it two round trips.
    """
    for _ in range(CONFLICT_TRIES - 1):
        try:
            async with within(pool) as conn:
                return await work(conn)
        except _CONFLICTS:
            await asyncio.sleep(random.uniform(0, 0.05))
    async with within(pool) as conn:
        return await work(conn)


@contextmanager
def away_as_neighbour() -> Iterator[None]:
    """Name the neighbour when a failure says that the database cannot be reached or cannot work now."""
    try:
        yield
    except _AWAY as error:
        raise NeighbourAway("postgres") from error
    except exceptions.InterfaceError as error:
        # The library has one type for a connection or pool that was closed and for a wrong number of arguments; the
        # pool takes a connection back at the moment it is lost, whoever still holds it.
        if "clos" not in str(error) and "released back to the pool" not in str(error):
            raise
        raise NeighbourAway("postgres") from error


async def _close(pool: Pool) -> None:
    """Connections still busy after the time are cut: the server rolls their transactions back."""
    try:
        await asyncio.wait_for(pool.close(), CONNECT_SECONDS)
    except TimeoutError:
        pool.terminate()


def _encode_jsonb(value: Any) -> bytes:
    return b"\x01" + orjson.dumps(value)


def _decode_jsonb(data: bytes) -> Any:
    return orjson.loads(data[1:])
