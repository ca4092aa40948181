"""Contacts as people see and edit them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from asyncpg import Record

from sender_service.store import search
from sender_service.store.database import Connection, queries

_SQL = queries("address_book")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFilters:
    """What the list is narrowed by; None means all."""

    tag: str | None = None
    pinned: bool | None = None
    blocked: bool | None = None
    opted_out: bool | None = None
    ids: Sequence[int] | None = None

    @property
    def is_ids_alone(self) -> bool:
        """Whether nothing but the ids is asked for."""
        return self.tag is None and self.pinned is None and self.blocked is None and self.opted_out is None

    def arguments(self) -> tuple[object, ...]:
        ids = None if self.ids is None else list(self.ids)
        return (self.tag, self.pinned, self.blocked, self.opted_out, ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEdit:
    """What is to change; None leaves it as it is, unless it is named in `cleared`."""

    display_name: str | None = None
    business_name: str | None = None
    language: str | None = None
    tags: Sequence[str] | None = None
    pinned: bool | None = None
    blocked: bool | None = None
    is_verified: bool | None = None
    cleared: Sequence[str] = ()


async def chosen(conn: Connection, filters: ContactFilters) -> ContactFilters:
    """A tag as the ids of those who have it, unless very many have: then a page of them is soon full anyhow."""
    tagged = None if filters.tag is None else await search.tagged(conn, filters.tag)
    if tagged is None:
        return filters
    ids = tagged if filters.ids is None else set(tagged).intersection(filters.ids)
    return replace(filters, tag=None, ids=list(ids))


async def page(
    conn: Connection,
    organization_id: int,
    filters: ContactFilters,
    *,
    before: int | None,
    limit: int,
    offset: int = 0,
) -> list[Record]:
    """Up to `limit` + 1 contacts, newest first."""
    if filters.ids is None:
        return await conn.fetch(_SQL.page, organization_id, before, *filters.arguments(), limit, offset)
    if filters.is_ids_alone:
        ids = sorted((key for key in filters.ids if before is None or key < before), reverse=True)
        filters, offset = replace(filters, ids=ids[offset : offset + limit + 1]), 0
    return await conn.fetch(_SQL.page_among, organization_id, before, *filters.arguments(), limit, offset)


async def count(conn: Connection, organization_id: int, filters: ContactFilters) -> int:
    """At most 10,001; ids that were given are those of contacts there are."""
    if filters.ids is not None and filters.is_ids_alone:
        return len(filters.ids)
    number: int = await conn.fetchval(_SQL.count, organization_id, *filters.arguments())
    return number


async def get(conn: Connection, organization_id: int, contact_id: int) -> Record | None:
    """One contact."""
    return await conn.fetchrow(_SQL.get, organization_id, contact_id)


async def of_phone(conn: Connection, organization_id: int, digits: str) -> int | None:
    """The contact of a phone number, in the form contacts are kept under."""
    contact_id: int | None = await conn.fetchval(_SQL.of_phone, organization_id, digits)
    return contact_id


async def edit(conn: Connection, organization_id: int, contact_id: int, change: ContactEdit) -> bool:
    """False when there is no such contact."""
    found = await conn.fetchval(
        _SQL.edit,
        organization_id,
        contact_id,
        change.display_name,
        change.business_name,
        change.language,
        None if change.tags is None else list(change.tags),
        change.pinned,
        change.blocked,
        change.is_verified,
        list(change.cleared),
    )
    return found is not None


async def opt(conn: Connection, organization_id: int, contact_id: int, *, out: bool) -> bool:
    """Whether this changed anything."""
    return await conn.fetchval(_SQL.opt, organization_id, contact_id, out) is not None
