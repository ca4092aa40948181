"""Who may send from a number: a lease with an epoch, on the database's clock. Also which workers live."""

from collections.abc import Sequence
from datetime import timedelta

from sender_service.store.database import Connection, queries

_SQL = queries("number_leases")


async def heartbeat(conn: Connection, worker: str, ttl: timedelta, numbers: Sequence[str]) -> dict[str, int]:
    """Number -> epoch of the leases that were renewed; those missing are lost."""
    rows = await conn.fetch(_SQL.heartbeat, worker, ttl, numbers)
    return {row["phone_number_id"]: row["epoch"] for row in rows}


async def live_workers(conn: Connection) -> list[str]:
    return [row["id"] for row in await conn.fetch(_SQL.live_workers)]


async def claim(conn: Connection, worker: str, ttl: timedelta, numbers: Sequence[str]) -> dict[str, int]:
    """Number -> epoch of those that are this worker's now; 1 means that nobody had it before."""
    rows = await conn.fetch(_SQL.claim, worker, ttl, numbers)
    return {row["phone_number_id"]: row["epoch"] for row in rows}


async def release(conn: Connection, worker: str, numbers: Sequence[str]) -> None:
    await conn.execute(_SQL.release, worker, numbers)


async def leave(conn: Connection, worker: str) -> None:
    """Release everything and stop counting as alive."""
    await conn.execute(_SQL.leave, worker)


async def bury(conn: Connection) -> None:
    await conn.execute(_SQL.bury)
