"""API keys: the hashes of bearer keys, bound to an organization and a role."""

from datetime import datetime

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("api_keys")


async def insert(
    conn: Connection,
    organization_id: int,
    *,
    name: str,
    role: str,
    prefix: str,
    secret_hash: bytes,
    created_by: str,
    expires_at: datetime | None = None,
) -> Record:
    """The stored row, without the hash."""
    rows = await conn.fetch(_SQL.insert, organization_id, name, role, prefix, secret_hash, created_by, expires_at)
    return rows[0]


async def count_named(conn: Connection, organization_id: int, name: str) -> int:
    """How many keys bear that name."""
    count: int = await conn.fetchval(_SQL.count_named, organization_id, name)
    return count


async def find(conn: Connection, prefix: str) -> Record | None:
    """The key of a prefix, with `revoked`, `expired` and `stale` (last use older than a minute)."""
    return await conn.fetchrow(_SQL.find, prefix)


async def touch(conn: Connection, organization_id: int, key_id: int) -> None:
    """Remember the use of a key."""
    await conn.execute(_SQL.touch, organization_id, key_id)


async def page(
    conn: Connection, organization_id: int, *, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 keys, newest first."""
    return await conn.fetch(_SQL.page, organization_id, before, limit, offset)


async def count(conn: Connection, organization_id: int) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count, organization_id)
    return number


async def revoke(conn: Connection, organization_id: int, key_id: int) -> Record | None:
    """The revoked row; None when the organization has no such key."""
    return await conn.fetchrow(_SQL.revoke, organization_id, key_id)
