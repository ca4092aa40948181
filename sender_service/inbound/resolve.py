"""The people of a batch -> contacts: found, made, completed, merged."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sender_service.inbound.link import subject
from sender_service.inbound.people import Known, Person, Sighting, gather, identifiers
from sender_service.store import contacts, conversations, merges
from sender_service.store.contact_rows import Contact, Link
from sender_service.store.contacts import IdentityRaced
from sender_service.store.database import Connection

# Each round sees what the transaction that won the last one committed.
_ROUNDS: Final = 4


class Resolved(NamedTuple):
    """The contact of each sighting, in order, and the leads that another lead of the same person pushed aside."""

    contacts: list[Contact]
    merged: list[Link]


async def resolve(conn: Connection, sightings: Sequence[Sighting]) -> Resolved:
    """Every sighting has a phone or a user id. Raise `IdentityRaced`."""
    merged: list[Link] = []
    if not sightings:
        return Resolved([], merged)
    for _ in range(_ROUNDS):
        people = gather(sightings, await _known(conn, sightings))
        distinct = list({id(person): person for person in people}.values())
        merged += await _merge(conn, distinct)
        if await _create(conn, distinct):
            await _complete(conn, distinct)
            return Resolved([person.contact for person in people if person.contact is not None], merged)
    raise IdentityRaced


async def unite(conn: Connection, organization_id: int, ids: Sequence[int]) -> tuple[Contact, list[Link]]:
    """Make one contact of these; the oldest stays."""
    keep, *gone = sorted(set(ids))
    merged: list[Link] = []
    for one in gone:
        merged += await merges.merge(conn, organization_id, keep=keep, gone=one)
    contact = await merges.read(conn, organization_id, keep)
    if gone:
        await merges.rename(conn, organization_id, keep, subject(contact))
    return contact, merged


async def _known(conn: Connection, sightings: Sequence[Sighting]) -> Known:
    keys = {key for item in sightings for key in identifiers(item.organization_id, item.sender)}
    phones = [(organization, value) for organization, kind, value in keys if kind == "phone"]
    bsuids = [(organization, value) for organization, kind, value in keys if kind == "bsuid"]
    return Known(await contacts.find(conn, phones, bsuids))


async def _merge(conn: Connection, people: Sequence[Person]) -> list[Link]:
    """Give every known person its contact; one where there are several."""
    merged: list[Link] = []
    for person in people:
        if len(person.contacts) > 1:
            person.contact, links = await unite(conn, person.organization_id, list(person.contacts))
            merged += links
        elif person.contacts:
            person.contact = next(iter(person.contacts.values()))
    return merged


async def _create(conn: Connection, people: Sequence[Person]) -> bool:
    """Make contacts of strangers; whether nobody else made one of them at the same time."""
    strangers = [person for person in people if person.contact is None]
    if not strangers:
        return True
    made = await contacts.create(conn, [person.new() for person in strangers])
    by_identity = {(contact.organization_id, contact.phone, contact.bsuid): contact for contact in made}
    for person in strangers:
        person.contact = by_identity.get((person.organization_id, person.phone, person.bsuid))
    return len(made) == len(strangers)


async def _complete(conn: Connection, people: Sequence[Person]) -> None:
    """Add what the webhooks know and the contacts do not; subjects follow the names."""
    before = {person.contact.id: person for person in people if person.contact is not None}
    additions = [addition for person in before.values() if (addition := person.seen()) is not None]
    if not additions:
        return
    renamed = []
    for contact in await contacts.update(conn, additions):
        person = before[contact.id]
        if person.contact is None:
            continue
        if subject(contact) != subject(person.contact):
            renamed.append((contact.organization_id, contact.id, subject(contact)))
        person.contact = contact._replace(lead_id=person.contact.lead_id)
    if renamed:
        await conversations.rename(conn, renamed)
