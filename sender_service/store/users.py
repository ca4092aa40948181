"""People of an organization."""

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("users")


async def insert(
    conn: Connection, organization_id: int, *, email: str, name: str, role: str, password_hash: str | None
) -> Record | None:
    """The new person; None when the address is taken."""
    return await conn.fetchrow(_SQL.insert, organization_id, email, name, role, password_hash)


async def page(
    conn: Connection, organization_id: int, *, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 people, newest first."""
    return await conn.fetch(_SQL.page, organization_id, before, limit, offset)


async def count(conn: Connection, organization_id: int) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count, organization_id)
    return number


async def get(conn: Connection, organization_id: int, user_id: int) -> Record | None:
    """One person."""
    return await conn.fetchrow(_SQL.get, organization_id, user_id)


async def edit(
    conn: Connection,
    organization_id: int,
    user_id: int,
    *,
    name: str | None = None,
    role: str | None = None,
    password_hash: str | None = None,
    disabled: bool | None = None,
) -> Record | None:
    """Change what is not None; None when there is no such person."""
    return await conn.fetchrow(_SQL.edit, organization_id, user_id, name, role, password_hash, disabled)


async def make_owner(conn: Connection, organization_id: int, user_id: int) -> None:
    """Who was the owner becomes an administrator."""
    await conn.execute(_SQL.make_owner, organization_id, user_id)


async def owners(conn: Connection, organization_id: int) -> set[int]:
    """Ids of the living owners, locked."""
    return {row["id"] for row in await conn.fetch(_SQL.owners, organization_id)}
