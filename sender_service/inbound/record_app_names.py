"""The address book of a business's own phone -> the names of its contacts, by Meta's time."""

from collections.abc import Sequence
from datetime import datetime

from sender_service.inbound.items import AccountChange
from sender_service.inbound.link import subject
from sender_service.inbound.parse_app import ADDRESS_BOOK, Entry, entries
from sender_service.inbound.people import Sighting
from sender_service.inbound.resolve import resolve
from sender_service.store import contacts, conversations
from sender_service.store.claims import Owner
from sender_service.store.contacts import Called
from sender_service.store.database import Connection


async def record(conn: Connection, changes: Sequence[AccountChange], owners: dict[str, Owner]) -> None:
    """Name, make and un-name contacts; also what was removed is remembered. Raise `IdentityRaced`."""
    found: list[tuple[int, Entry]] = []
    for change in changes:
        owner = owners.get(change.phone_number_id or "")
        if change.field == ADDRESS_BOOK and owner is not None:
            found += [(owner.organization_id, entry) for entry in entries(change)]
    people = await resolve(conn, [Sighting(owner, entry.sender, entry.at) for owner, entry in found])
    latest: dict[tuple[int, int], Called] = {}
    for (owner_id, entry), contact in zip(found, people.contacts, strict=True):
        called = Called(owner_id, contact.id, entry.name, entry.at)
        place = (owner_id, contact.id)
        latest[place] = max(latest.get(place, called), called, key=_recency)
    if not latest:
        return
    renamed = await contacts.call(conn, [latest[place] for place in sorted(latest)])
    if renamed:
        await conversations.rename(
            conn, [(contact.organization_id, contact.id, subject(contact)) for contact in renamed]
        )


def _recency(called: Called) -> tuple[datetime, str]:
    return called.at, called.name or ""
