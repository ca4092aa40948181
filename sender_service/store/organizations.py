"""Organizations: the tenants everything belongs to."""

from collections.abc import Sequence

from asyncpg import Record, UniqueViolationError

from sender_service.errors import NameTaken
from sender_service.store.database import Connection, queries

_SQL = queries("organizations")
DEFAULT_STAGES = ("New", "Contacted", "Qualified", "Won", "Lost")


async def create(
    conn: Connection, name: str, *, language: str = "en", default_country: str | None = None
) -> tuple[int, bool]:
    """Make an organization with its default pipeline, or find it: (id, whether it was made now)."""
    [row] = await conn.fetch(_SQL.ensure, name, language, default_country)
    pipeline = await ensure_pipeline(conn, row["id"])
    if pipeline is not None:
        await add_stages(conn, row["id"], pipeline, DEFAULT_STAGES)
    return row["id"], row["created"]


async def ensure_pipeline(conn: Connection, organization_id: int) -> int | None:
    """Id of the default pipeline made now; None when there was one."""
    pipeline: int | None = await conn.fetchval(_SQL.ensure_pipeline, organization_id)
    return pipeline


async def add_stages(
    conn: Connection, organization_id: int, pipeline_id: int, names: Sequence[str], *, after: int = 0
) -> None:
    """Append stages after position `after`."""
    await conn.execute(_SQL.add_stages, organization_id, pipeline_id, list(names), after)


async def named(conn: Connection, name: str) -> int | None:
    """Id of the living organization of that name."""
    organization_id: int | None = await conn.fetchval(_SQL.named, name)
    return organization_id


async def get(conn: Connection, organization_id: int) -> Record | None:
    """One living organization."""
    return await conn.fetchrow(_SQL.get, organization_id)


async def edit(
    conn: Connection,
    organization_id: int,
    *,
    name: str | None = None,
    language: str | None = None,
    default_template_language: str | None = None,
    default_country: str | None = None,
    cleared: Sequence[str] = (),
) -> Record | None:
    """Change what is not None, and empty what is named in `cleared`; raises `NameTaken`."""
    given = (name, language, default_template_language, default_country, list(cleared))
    try:
        return await conn.fetchrow(_SQL.edit, organization_id, *given)
    except UniqueViolationError:
        raise NameTaken from None


async def remove(conn: Connection, organization_id: int) -> bool:
    """Mark it deleted; False when it was not there."""
    return await conn.fetchval(_SQL.remove, organization_id) is not None
