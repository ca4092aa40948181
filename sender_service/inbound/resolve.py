"""The people of a batch -> contacts: found, made, completed, merged."""

from collections.abc import Sequence

from sender_service.inbound.people import Known, Person, Sighting, gather, identifiers
from sender_service.store import contacts
from sender_service.store.contact_rows import Contact
from sender_service.store.contacts import IdentityRaced
from sender_service.store.database import Connection

# Each round sees what the transaction that won the last one committed.
_ROUNDS = 4


async def resolve(conn: Connection, sightings: Sequence[Sighting]) -> list[Contact]:
    """The contact of each sighting, in order; every sighting has a phone or a user id. Raise `IdentityRaced`."""
    if not sightings:
        return []
    for _ in range(_ROUNDS):
        people = gather(sightings, await _known(conn, sightings))
        distinct = list({id(person): person for person in people}.values())
        await _merge(conn, distinct)
        if await _create(conn, distinct):
            await _complete(conn, distinct)
            return [person.contact for person in people if person.contact is not None]
    raise IdentityRaced


async def _known(conn: Connection, sightings: Sequence[Sighting]) -> Known:
    keys = {key for item in sightings for key in identifiers(item.organization_id, item.sender)}
    phones = [(organization, value) for organization, kind, value in keys if kind == "phone"]
    bsuids = [(organization, value) for organization, kind, value in keys if kind == "bsuid"]
    return Known(await contacts.find(conn, phones, bsuids))


async def _merge(conn: Connection, people: Sequence[Person]) -> None:
    """Make one contact of the several a person turned out to be; the oldest stays."""
    for person in people:
        if not person.contacts:
            continue
        ids = sorted(person.contacts)
        person.contact = person.contacts[ids[0]]
        for gone in ids[1:]:
            person.contact = await contacts.merge(conn, person.organization_id, keep=ids[0], gone=gone)


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
    """Add what the webhooks know and the contacts do not."""
    seen = {
        person.contact.id: (person, addition) for person in people if person.contact and (addition := person.seen())
    }
    if not seen:
        return
    for contact in await contacts.update(conn, [addition for _, addition in seen.values()]):
        person = seen[contact.id][0]
        if person.contact is not None:
            person.contact = contact._replace(lead_id=person.contact.lead_id)
