"""Two contacts that turn out to be one person, and persons whose number or user id changes. Rare: one at a time."""

from datetime import datetime
from typing import NamedTuple

from asyncpg import UniqueViolationError

from sender_service.store.contact_rows import Contact, Link
from sender_service.store.contacts import IdentityRaced
from sender_service.store.database import Connection, queries

_SQL = queries("merges")


class NewIdentity(NamedTuple):
    """What a person is called by from `at` on; what is None did not change."""

    wa_id: str | None
    phone: str | None
    bsuid: str | None
    parent_bsuid: str | None
    at: datetime


async def merge(conn: Connection, organization_id: int, *, keep: int, gone: int) -> list[Link]:
    """Move everything to the contact to keep; the link of a lead that is no longer first. Raise `IdentityRaced`."""
    pair = (organization_id, keep, gone)
    if len(await conn.fetch(_SQL.lock, organization_id, [keep, gone])) < 2:
        raise IdentityRaced
    await conn.execute(_SQL.retire, *pair)
    try:
        await conn.execute(_SQL.absorb, *pair)
    except UniqueViolationError as error:
        raise IdentityRaced from error
    await conn.execute(_SQL.move_messages, *pair)
    await conn.execute(_SQL.join_conversations, *pair)
    await conn.execute(_SQL.drop_joined, *pair)
    await conn.execute(_SQL.move_conversations, *pair)
    await conn.execute(_SQL.move_link, *pair)
    links = [Link(*row) for row in await conn.fetch(_SQL.join_links, *pair)]
    await conn.execute(_SQL.move_aliases, *pair)
    return [link for link in links if link.reason == "merged"]


async def rename(conn: Connection, organization_id: int, contact_id: int, subject: str) -> None:
    await conn.execute(_SQL.rename, organization_id, contact_id, subject)


async def release(conn: Connection, contact: Contact, until: datetime) -> None:
    """The contact had its number until that time."""
    if contact.phone is not None:
        await conn.execute(_SQL.release, contact.organization_id, contact.id)
        await remember(conn, contact, "phone", contact.phone, until=until)


async def remember(conn: Connection, contact: Contact, kind: str, value: str, *, until: datetime) -> None:
    """Keep what the contact was called by until that time."""
    await conn.execute(_SQL.remember, contact.organization_id, kind, value, until, contact.id)


async def change(conn: Connection, contact: Contact, new: NewIdentity) -> None:
    """Give the contact its new identifiers unless it got later ones already. Raise `IdentityRaced`."""
    try:
        await conn.execute(_SQL.change, contact.organization_id, contact.id, *new)
    except UniqueViolationError as error:
        raise IdentityRaced from error


async def read(conn: Connection, organization_id: int, contact_id: int) -> Contact:
    """The contact as it is now."""
    row = await conn.fetchrow(_SQL.read, organization_id, contact_id)
    if row is None:
        raise IdentityRaced
    return Contact(*row)
