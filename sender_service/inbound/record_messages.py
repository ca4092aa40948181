"""Messages of a batch -> log, contacts, conversations, leads, notes and files, each only once."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.inbound import link
from sender_service.inbound.items import Media, Message, Told
from sender_service.inbound.moves import move
from sender_service.inbound.people import Sighting
from sender_service.inbound.resolve import resolve
from sender_service.inbound.shown import render
from sender_service.store import contacts, conversations, inbound_messages, leads, past_messages
from sender_service.store.contact_rows import Contact, Link
from sender_service.store.database import Connection
from shared.contracts.events import DomainEvent


class Received(NamedTuple):
    """A message and the organization and language of its number."""

    organization_id: int
    language: str
    message: Message


class Placed(NamedTuple):
    """A message that was new: its row, its sender, and what a person reads of it."""

    organization_id: int
    id: int
    message: Message
    contact: Contact | None
    text: str


class Recorded(NamedTuple):
    """The messages that were new, and the events they are told by."""

    placed: list[Placed]
    told: list[Told]


async def record(conn: Connection, received: Sequence[Received]) -> Recorded:
    """Everything these messages mean, written in this transaction. Raise `IdentityRaced`."""
    new = await _claim(conn, received) if received else []
    if not new:
        return Recorded([], [])
    merged = await move(conn, [(item.organization_id, item.message) for _, item in new if _moves(item)])
    senders, also_merged = await _senders(conn, [item for _, item in new])
    placed = [
        Placed(item.organization_id, message_id, item.message, sender, render(item.message.shown, item.language))
        for (message_id, item), sender in zip(new, senders, strict=True)
    ]
    placed, told = await _link(conn, placed)
    told += [
        (placed[0].message.webhook, event)
        for one in (*merged, *also_merged)
        for event in link.linked(one, placed[0].message, placed[0].id)
    ]
    opened = await conversations.receive(conn, _conversations(placed))
    await _write(conn, placed, opened)
    return Recorded(placed, [*told, *((item.message.webhook, _event(item, opened)) for item in placed)])


async def _claim(conn: Connection, received: Sequence[Received]) -> list[tuple[int, Received]]:
    """Those never seen before with the ids of their rows, in the order of Meta's time."""
    distinct = {(item.organization_id, item.message.wamid): item for item in reversed(received)}
    ordered = sorted(distinct.values(), key=_order)
    ids = await claim(conn, [(item.organization_id, item.message.wamid) for item in ordered])
    keyed = [(ids.get((item.organization_id, item.message.wamid)), item) for item in ordered]
    return [(message_id, item) for message_id, item in keyed if message_id is not None]


async def claim(conn: Connection, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The ids of the rows of these (organization, wamid), for those that never arrived live before."""
    ids = await inbound_messages.claim(conn, [key[0] for key in keys], [key[1] for key in keys])
    known = [key for key in keys if key not in ids]
    if known and await past_messages.give_way(conn, [key[0] for key in known], [key[1] for key in known]):
        ids |= await inbound_messages.claim(conn, [key[0] for key in known], [key[1] for key in known])
    return ids


def _order(item: Received) -> tuple[datetime, str]:
    return item.message.at, item.message.wamid


def _moves(item: Received) -> bool:
    return item.message.change is not None and _is_named(item)


def _is_named(item: Received) -> bool:
    return item.message.sender.phone is not None or item.message.sender.bsuid is not None


async def _senders(conn: Connection, items: Sequence[Received]) -> tuple[list[Contact | None], list[Link]]:
    """The contact of each message, None where nobody is named; and the leads pushed aside by merging."""
    named = [item for item in items if _is_named(item)]
    found = await resolve(
        conn, [Sighting(item.organization_id, item.message.sender, item.message.at) for item in named]
    )
    by_item = {id(item): contact for item, contact in zip(named, found.contacts, strict=True)}
    return [by_item.get(id(item)) for item in items], found.merged


async def _link(conn: Connection, placed: Sequence[Placed]) -> tuple[list[Placed], list[Told]]:
    """Give every contact its lead."""
    first: dict[tuple[int, int], Placed] = {}
    for item in placed:
        if item.contact is not None and item.contact.lead_id is None:
            first.setdefault((item.organization_id, item.contact.id), item)
    if not first:
        return list(placed), []
    await contacts.lock(conn, sorted(first))
    made = await leads.link(conn, [_unlinked(item, item.contact) for item in first.values() if item.contact])
    lead_of = {(one.organization_id, one.contact_id): one.lead_id for one in made}
    if len(made) < len(first):
        lead_of |= await leads.links(conn, [key for key in first if key not in lead_of])
    told = []
    for one in made:
        item = first[one.organization_id, one.contact_id]
        told += [(item.message.webhook, event) for event in link.linked(one, item.message, item.id)]
    return [_with_lead(item, lead_of) for item in placed], told


def _unlinked(item: Placed, contact: Contact) -> leads.Unlinked:
    return leads.Unlinked(item.organization_id, contact.id, contact.phone, link.lead_name(contact), item.id)


def _with_lead(item: Placed, lead_of: dict[tuple[int, int], int]) -> Placed:
    contact = item.contact
    if contact is None or contact.lead_id is not None:
        return item
    return item._replace(contact=contact._replace(lead_id=lead_of.get((item.organization_id, contact.id))))


def _conversations(placed: Sequence[Placed]) -> list[conversations.Received]:
    """One row per number and contact; `placed` is in the order of Meta's time, so the last is the latest."""
    merged: dict[tuple[str, int], conversations.Received] = {}
    for item in placed:
        if item.contact is None:
            continue
        key = (item.message.phone_number_id, item.contact.id)
        row = _conversation(item, item.contact)
        before = merged.get(key)
        merged[key] = row if before is None else _continued(before, row)
    return list(merged.values())


def _conversation(item: Placed, contact: Contact) -> conversations.Received:
    message = item.message
    wrote = link.is_from_customer(message)
    return conversations.Received(
        item.organization_id,
        message.phone_number_id,
        contact.id,
        message.group_id,
        link.subject(contact),
        int(wrote),
        item.id,
        message.at,
        item.text,
        message.at if wrote else None,
        message.wamid if wrote else None,
        message.at if message.referral else None,
    )


def _continued(before: conversations.Received, row: conversations.Received) -> conversations.Received:
    return row._replace(
        group_id=row.group_id or before.group_id,
        unread_count=before.unread_count + row.unread_count,
        last_customer_message_at=row.last_customer_message_at or before.last_customer_message_at,
        last_customer_wamid=row.last_customer_wamid or before.last_customer_wamid,
        referral_at=row.referral_at or before.referral_at,
    )


def _conversation_id(item: Placed, opened: dict[tuple[str, int], int]) -> int | None:
    return opened[item.message.phone_number_id, item.contact.id] if item.contact else None


async def _write(conn: Connection, placed: Sequence[Placed], opened: dict[tuple[str, int], int]) -> None:
    await inbound_messages.add(conn, [row(item, _conversation_id(item, opened)) for item in placed])
    notes = [
        leads.Note(item.organization_id, item.contact.lead_id, item.id, item.text, item.message.at)
        for item in placed
        if item.contact is not None and item.contact.lead_id is not None
    ]
    if notes:
        await leads.add_notes(conn, notes)
    files = [
        file(item.organization_id, item.id, item.message, media)
        for item in placed
        if (media := item.message.media) is not None
    ]
    if files:
        await inbound_messages.add_media(conn, files)


def row(item: Placed, conversation_id: int | None) -> inbound_messages.Row:
    """The message as a row of the log."""
    message, contact = item.message, item.contact
    return inbound_messages.Row(
        item.organization_id,
        item.id,
        message.phone_number_id,
        contact.id if contact else None,
        conversation_id,
        contact.lead_id if contact else None,
        message.type,
        message.wamid,
        message.sender.wa_id or message.sender.bsuid,
        item.text,
        message.raw,
        message.context_wamid,
        message.group_id,
        message.error_code,
        message.error_message,
        message.warning,
        message.at,
    )


def file(organization_id: int, message_id: int, message: Message, media: Media) -> inbound_messages.File:
    """The file of a message as a row, to be downloaded."""
    return inbound_messages.File(
        organization_id,
        message_id,
        message.phone_number_id,
        media.id,
        message.at,
        message.type,
        media.mime_type,
        media.sha256,
        media.filename,
    )


def _event(item: Placed, opened: dict[tuple[str, int], int]) -> DomainEvent:
    return link.received(
        item.organization_id,
        item.message,
        item.id,
        contact=item.contact,
        conversation_id=_conversation_id(item, opened),
    )
