"""Contacts: one row per person and organization, found by phone, by user id, or by what these were before."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from asyncpg import Record, UniqueViolationError

from sender_service.store.columns import columns
from sender_service.store.contact_rows import Contact, Match, New, Seen
from sender_service.store.database import Connection, queries

_SQL = queries("contacts")


class IdentityRaced(Exception):
    """Another transaction gave the same identifier to another contact meanwhile: look again."""


class Wish(NamedTuple):
    organization_id: int
    id: int
    stop: bool
    at: datetime


class Called(NamedTuple):
    """A contact's name in the address book of the business's own phone; None where it was taken out."""

    organization_id: int
    id: int
    name: str | None
    at: datetime


class _Key(NamedTuple):
    organization_id: int
    value: str


async def find(conn: Connection, phones: Sequence[tuple[int, str]], bsuids: Sequence[tuple[int, str]]) -> list[Match]:
    """Every contact one of these (organization, identifier) pairs names, or named once."""
    rows = await conn.fetch(_SQL.find, *columns(phones, _Key), *columns(bsuids, _Key))
    return [Match(row[0], row[1], row[2], Contact(*tuple(row)[3:])) for row in rows]


async def create(conn: Connection, people: Sequence[New]) -> list[Contact]:
    """The contacts made; those another transaction made at the same time are missing."""
    return _contacts(await conn.fetch(_SQL.create, *columns(people, New)))


async def update(conn: Connection, people: Sequence[Seen]) -> list[Contact]:
    """The contacts as they are now, `lead_id` left out; raise `IdentityRaced`."""
    try:
        return _contacts(await conn.fetch(_SQL.update, *columns(people, Seen)))
    except UniqueViolationError as error:
        raise IdentityRaced from error


async def lock(conn: Connection, keys: Sequence[tuple[int, int]]) -> None:
    await conn.fetch(_SQL.lock, [key[0] for key in keys], [key[1] for key in keys])


async def prefer(conn: Connection, wishes: Sequence[Wish]) -> set[tuple[int, int]]:
    """The (organization, contact) pairs whose wish changed."""
    rows = await conn.fetch(_SQL.prefer, *columns(wishes, Wish))
    return {(row["organization_id"], row["id"]) for row in rows}


async def call(conn: Connection, called: Sequence[Called]) -> list[Contact]:
    """The contacts whose name changed, as they are now, `lead_id` left out."""
    return _contacts(await conn.fetch(_SQL.call, *columns(called, Called)))


def _contacts(rows: Sequence[Record]) -> list[Contact]:
    return [Contact(*row) for row in rows]
