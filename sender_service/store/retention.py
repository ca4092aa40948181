"""What is made ahead and what is dropped with age."""

from sender_service.store.database import Connection, queries

_SQL = queries("retention")


async def make_partitions(conn: Connection) -> int:
    """How many partitions were made now."""
    made: int = await conn.fetchval(_SQL.make_partitions)
    return made


async def drop_partitions(conn: Connection, table: str, days: int) -> list[str]:
    """Names of the partitions dropped now, and of the default one when rows of it were deleted: ask again then."""
    return [row["name"] for row in await conn.fetch(_SQL.drop_partitions, table, days)]


async def forget_command_keys(conn: Connection, days: int, limit: int) -> int:
    """How many keys were forgotten now, at most `limit`."""
    return _count(await conn.execute(_SQL.forget_command_keys, days, limit))


async def forget_parked(conn: Connection, days: int, limit: int) -> int:
    """How many parked statuses were forgotten now, at most `limit`."""
    return _count(await conn.execute(_SQL.forget_parked, days, limit))


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
