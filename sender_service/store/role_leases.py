"""Who is the one scheduler: the same kind of lease as for numbers, on the database's clock."""

from datetime import timedelta

from sender_service.store.database import Connection, queries

_SQL = queries("role_leases")


async def hold(conn: Connection, role: str, owner: str, ttl: timedelta) -> int | None:
    """Take or renew; the epoch, or None while another process holds the role."""
    epoch: int | None = await conn.fetchval(_SQL.hold, role, owner, ttl)
    return epoch


async def release(conn: Connection, role: str, owner: str) -> None:
    """Give it up at once."""
    await conn.execute(_SQL.release, role, owner)
