"""What waits in the whole installation: the figures behind the gauges that operators are woken by."""

from sender_service.store.database import Connection, queries

_SQL = queries("backlog")


async def queued(conn: Connection) -> dict[str, int]:
    """State -> messages."""
    return {row["state"]: row["messages"] for row in await conn.fetch(_SQL.queued)}


async def unknown(conn: Connection) -> int:
    """Sends whose outcome is in doubt."""
    return int(await conn.fetchval(_SQL.unknown))


async def oldest_event(conn: Connection) -> float:
    """Seconds."""
    return float(await conn.fetchval(_SQL.oldest_event))


async def paused(conn: Connection) -> dict[str, int]:
    """Cause (number, credential, account, held) -> numbers."""
    return {row["cause"]: row["numbers"] for row in await conn.fetch(_SQL.paused)}
