"""Customers whose number or user id changed, as system messages tell: one contact before and after."""

from collections.abc import Sequence

from sender_service.inbound.items import Change, Message, Sender
from sender_service.inbound.link import subject
from sender_service.inbound.people import Known, Sighting, identifiers
from sender_service.inbound.resolve import resolve, unite
from sender_service.store import contacts, merges
from sender_service.store.contact_rows import Contact, Link
from sender_service.store.database import Connection


async def move(conn: Connection, changes: Sequence[tuple[int, Message]]) -> list[Link]:
    """Carry out these (organization, system message) in the order of Meta's time; the leads pushed aside by merging."""
    merged: list[Link] = []
    for organization_id, message in changes:
        if message.change is not None:
            merged += await _move(conn, organization_id, message, message.change)
    return merged


async def _move(conn: Connection, organization_id: int, message: Message, change: Change) -> list[Link]:
    new = Sender(change.wa_id, change.phone, change.bsuid, change.parent_bsuid)
    found = await resolve(conn, [Sighting(organization_id, message.sender, message.at)])
    before = found.contacts[0]
    holders = await _holders(conn, organization_id, new, message)
    for stranger in [holder for holder in holders if _is_another(holder, before, new)]:
        await merges.release(conn, stranger, message.at)
        holders.remove(stranger)
    contact, merged = await unite(conn, organization_id, [before.id, *(holder.id for holder in holders)])
    await merges.change(
        conn, contact, merges.NewIdentity(change.wa_id, change.phone, change.bsuid, change.parent_bsuid, message.at)
    )
    for kind, value in _left(message.sender, new):
        await merges.remember(conn, contact, kind, value, until=message.at)
    after = await merges.read(conn, organization_id, contact.id)
    await merges.rename(conn, organization_id, after.id, subject(after))
    return [*found.merged, *merged]


async def _holders(conn: Connection, organization_id: int, new: Sender, message: Message) -> list[Contact]:
    """Who is known under the new identifiers."""
    keys = identifiers(organization_id, new)
    known = Known(
        await contacts.find(
            conn,
            [(organization_id, value) for _, kind, value in keys if kind == "phone"],
            [(organization_id, value) for _, kind, value in keys if kind == "bsuid"],
        )
    )
    return [holder for key in keys if (holder := known.holder(key, message.at)) is not None]


def _is_another(holder: Contact, before: Contact, new: Sender) -> bool:
    """Whether the new number was only a former owner's: user ids do not change hands."""
    if holder.id == before.id or holder.bsuid is None or before.bsuid is None:
        return False
    return holder.bsuid not in {before.bsuid, new.bsuid}


def _left(old: Sender, new: Sender) -> list[tuple[str, str]]:
    """The identifiers that are no longer the person's."""
    left = []
    if old.phone is not None and new.phone is not None and old.phone != new.phone:
        left.append(("phone", old.phone))
    if old.bsuid is not None and new.bsuid is not None and old.bsuid != new.bsuid:
        left.append(("bsuid", old.bsuid))
    return left
