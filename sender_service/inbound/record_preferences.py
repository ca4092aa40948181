"""Wishes about marketing messages -> contacts, by Meta's time."""

from collections.abc import Sequence

from sender_service.inbound.items import Preference, Told
from sender_service.inbound.people import Sighting
from sender_service.inbound.resolve import resolve
from sender_service.store import contacts
from sender_service.store.contacts import Wish
from sender_service.store.database import Connection
from shared.contracts import events
from shared.contracts.events import DomainEvent


async def record(conn: Connection, owned: Sequence[tuple[int, Preference]]) -> tuple[list[Preference], list[Told]]:
    """The preferences that changed something, and what to tell of them. Raise `IdentityRaced`."""
    people = (await resolve(conn, [Sighting(owner, wish.sender, wish.at) for owner, wish in owned])).contacts
    latest: dict[tuple[int, int], Preference] = {}
    for (owner, wish), contact in zip(owned, people, strict=True):
        key = (owner, contact.id)
        if key not in latest or (wish.at, wish.stop) > (latest[key].at, latest[key].stop):
            latest[key] = wish
    changed = await contacts.prefer(conn, [Wish(*key, wish.stop, wish.at) for key, wish in sorted(latest.items())])
    kept = {key: wish for key, wish in latest.items() if key in changed}
    return list(kept.values()), [(wish.webhook, _event(key, wish)) for key, wish in kept.items()]


def _event(key: tuple[int, int], wish: Preference) -> DomainEvent:
    organization_id, contact_id = key
    name = events.CONTACT_OPTED_OUT if wish.stop else events.CONTACT_OPTED_IN
    at = f"{wish.at.timestamp():.0f}"
    return DomainEvent(
        name,
        organization_id,
        f"{contact_id}.{at}",
        wish.at,
        {"contact_id": contact_id, "phone_number_id": wish.phone_number_id, "category": "marketing_messages"},
    )
