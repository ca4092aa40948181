"""Pipelines and their stages: where leads stand."""

from collections.abc import Sequence
from typing import NamedTuple

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("pipelines")


class Stage(NamedTuple):
    """A stage in its place; `id` None makes a new one."""

    id: int | None
    name: str


async def page(
    conn: Connection, organization_id: int, *, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 pipelines, newest first."""
    return await conn.fetch(_SQL.page, organization_id, before, limit, offset)


async def get(conn: Connection, organization_id: int, pipeline_id: int) -> Record | None:
    return await conn.fetchrow(_SQL.get, organization_id, pipeline_id)


async def count(conn: Connection, organization_id: int) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count, organization_id)
    return number


async def create(conn: Connection, organization_id: int, name: str) -> int:
    pipeline_id: int = await conn.fetchval(_SQL.create, organization_id, name)
    return pipeline_id


async def lock(conn: Connection, organization_id: int, pipeline_id: int) -> bool:
    """False when there is no such pipeline."""
    return await conn.fetchval(_SQL.lock, organization_id, pipeline_id) is not None


async def rename(conn: Connection, organization_id: int, pipeline_id: int, name: str) -> None:
    await conn.execute(_SQL.rename, organization_id, pipeline_id, name)


async def make_default(conn: Connection, organization_id: int, pipeline_id: int) -> None:
    """There is one default at any time; the old one loses the mark first."""
    await conn.execute(_SQL.undefault, organization_id, pipeline_id)
    await conn.execute(_SQL.make_default, organization_id, pipeline_id)


async def foreign_stages(conn: Connection, organization_id: int, pipeline_id: int, ids: Sequence[int]) -> list[int]:
    """Those that are not of this pipeline."""
    return [row["id"] for row in await conn.fetch(_SQL.foreign_stages, organization_id, pipeline_id, list(ids))]


async def occupied(conn: Connection, organization_id: int, pipeline_id: int, keeping: Sequence[int]) -> int:
    """Leads that would lose their stage."""
    leads: int = await conn.fetchval(_SQL.occupied, organization_id, pipeline_id, list(keeping))
    return leads


async def set_stages(conn: Connection, organization_id: int, pipeline_id: int, stages: Sequence[Stage]) -> None:
    """These stages in this order; others go. The pipeline is locked by the caller."""
    kept = [stage.id for stage in stages if stage.id is not None]
    await conn.execute(_SQL.drop_stages, organization_id, pipeline_id, kept)
    await conn.execute(_SQL.set_aside_positions, organization_id, pipeline_id)
    ids, names = [stage.id for stage in stages], [stage.name for stage in stages]
    await conn.execute(_SQL.set_stages, organization_id, pipeline_id, ids, names)
