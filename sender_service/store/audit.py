"""The audit log: every change of weight, written in the transaction of the change."""

from typing import Any

from asyncpg import Record

from sender_service.access import Actor
from sender_service.store.database import Connection, queries

_SQL = queries("audit")


async def record(conn: Connection, actor: Actor, action: str, object: str, **details: Any) -> None:  # noqa: A002 - the column's name
    """`action` is `<noun>.<past tense>`, `object` is `<noun>:<id>`; details hold no secrets and no message text."""
    await conn.execute(_SQL.record, actor.organization_id, actor.name, action, object, details)


async def page(
    conn: Connection,
    organization_id: int,
    *,
    action: str | None,
    actor: str | None,
    before: int | None,
    limit: int,
    offset: int = 0,
) -> list[Record]:
    """Up to `limit` + 1 entries, newest first."""
    return await conn.fetch(_SQL.page, organization_id, before, action, actor, limit, offset)


async def count(conn: Connection, organization_id: int, *, action: str | None, actor: str | None) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count, organization_id, action, actor)
    return number
