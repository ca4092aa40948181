"""Contacts as people see and edit them."""

from collections.abc import Sequence
from dataclasses import dataclass

from asyncpg import Record

from sender_service.store.database import Connection, queries
from sender_service.store.narrowed import narrowed

_SQL = queries("address_book")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFilters:
    """What the list is narrowed by; None means all. `named`: words of the name, or the beginning of the phone."""

    tag: str | None = None
    pinned: bool | None = None
    blocked: bool | None = None
    opted_out: bool | None = None
    named: str | None = None

    @property
    def is_tag_alone(self) -> bool:
        """Whether nothing but a tag is asked for."""
        return self.tag is not None and self.named is None and self._is_unmarked

    @property
    def is_name_alone(self) -> bool:
        """Whether nothing but a name or phone is asked for."""
        return self.named is not None and self.tag is None and self._is_unmarked

    @property
    def _is_unmarked(self) -> bool:
        return self.pinned is None and self.blocked is None and self.opted_out is None

    def arguments(self) -> tuple[object, ...]:
        return (self.tag, self.pinned, self.blocked, self.opted_out, self.named)


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


async def page(
    conn: Connection,
    organization_id: int,
    filters: ContactFilters,
    *,
    before: int | None,
    limit: int,
    offset: int = 0,
) -> list[Record]:
    """Up to `limit` + 1 contacts, newest first; those of a name say in `among` how many there are."""
    if filters.is_name_alone:
        named = (organization_id, before, filters.named)
        return await conn.fetch(narrowed(_SQL.page_name, named, limit, offset), *named)
    given = (organization_id, before, *filters.arguments())
    return await conn.fetch(narrowed(way(filters)[0], given, limit, offset), *given)


def way(filters: ContactFilters) -> tuple[str, str]:
    """The queries that read and that count by what leaves the fewest contacts."""
    if filters.named is not None:
        return _SQL.page_named, _SQL.count
    if filters.tag is not None:
        return _SQL.page_tagged, _SQL.count_tagged
    return _SQL.page, _SQL.count


async def count(conn: Connection, organization_id: int, filters: ContactFilters) -> int:
    """At most 10,001."""
    if filters.is_tag_alone:
        tagged: int = await conn.fetchval(_SQL.count_tag, organization_id, filters.tag)
        return tagged
    given = (organization_id, None, *filters.arguments())
    number: int = await conn.fetchval(narrowed(way(filters)[1], given), *given)
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
