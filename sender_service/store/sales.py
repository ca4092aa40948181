"""Leads and their notes, as people see and edit them."""

from collections.abc import Sequence
from dataclasses import dataclass

from asyncpg import Record

from sender_service.store.database import Connection, queries
from sender_service.store.narrowed import narrowed

_SQL = queries("sales")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilters:
    """What the list is narrowed by; None means all."""

    status: str | None = None
    pipeline_id: int | None = None
    stage_id: int | None = None
    assigned_to_id: int | None = None
    phone: str | None = None

    def arguments(self) -> tuple[object, ...]:
        return (self.status, self.pipeline_id, self.stage_id, self.assigned_to_id, self.phone)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadEdit:
    """What is to change; None leaves it as it is, unless it is named in `cleared`."""

    name: str | None = None
    status: str | None = None
    pipeline_id: int | None = None
    stage_id: int | None = None
    assigned_to_id: int | None = None
    external_ref: str | None = None
    cleared: Sequence[str] = ()

    def arguments(self) -> tuple[object, ...]:
        place = (self.pipeline_id, self.stage_id, self.assigned_to_id)
        return (self.name, self.status, *place, self.external_ref, list(self.cleared))


async def page(
    conn: Connection, organization_id: int, filters: LeadFilters, *, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 leads, newest first."""
    given = (organization_id, before, *filters.arguments())
    return await conn.fetch(narrowed(_SQL.page, given, limit, offset), *given)


async def count(conn: Connection, organization_id: int, filters: LeadFilters) -> int:
    """At most 10,001."""
    given = (organization_id, None, *filters.arguments())
    number: int = await conn.fetchval(narrowed(_SQL.count, given), *given)
    return number


async def get(conn: Connection, organization_id: int, lead_id: int) -> Record | None:
    """One lead."""
    return await conn.fetchrow(_SQL.get, organization_id, lead_id)


async def edit(conn: Connection, organization_id: int, lead_id: int, change: LeadEdit) -> bool:
    """False when there is no such lead."""
    return await conn.fetchval(_SQL.edit, organization_id, lead_id, *change.arguments()) is not None


async def stage_pipeline(conn: Connection, organization_id: int, stage_id: int) -> int | None:
    """The pipeline a stage belongs to."""
    pipeline_id: int | None = await conn.fetchval(_SQL.stage_pipeline, organization_id, stage_id)
    return pipeline_id


async def notes(
    conn: Connection, organization_id: int, lead_id: int, *, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 notes, newest first."""
    return await conn.fetch(_SQL.notes, organization_id, lead_id, before, limit, offset)


async def count_notes(conn: Connection, organization_id: int, lead_id: int) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count_notes, organization_id, lead_id)
    return number


async def add_note(
    conn: Connection, organization_id: int, lead_id: int, text: str, *, is_private: bool, author: str
) -> Record | None:
    """The note; None when there is no such lead."""
    return await conn.fetchrow(_SQL.add_note, organization_id, lead_id, text, is_private, author)
