"""Contacts as people see and edit them."""

from collections.abc import Sequence
from dataclasses import dataclass

from asyncpg import Record

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

    def arguments(self) -> tuple[object, ...]:
        ids = None if self.ids is None else list(self.ids)
        return (self.tag, self.pinned, self.blocked, self.opted_out, ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEdit:
    """What is to change; None leaves it as it is."""

    display_name: str | None = None
    business_name: str | None = None
    language: str | None = None
    tags: Sequence[str] | None = None
    pinned: bool | None = None
    blocked: bool | None = None
    is_verified: bool | None = None


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
    return await conn.fetch(_SQL.page, organization_id, before, *filters.arguments(), limit, offset)


async def count(conn: Connection, organization_id: int, filters: ContactFilters) -> int:
    """At most 10,001."""
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
    )
    return found is not None


async def opt(conn: Connection, organization_id: int, contact_id: int, *, out: bool) -> bool:
    """Whether this changed anything."""
    return await conn.fetchval(_SQL.opt, organization_id, contact_id, out) is not None
