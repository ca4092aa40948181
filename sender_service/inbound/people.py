"""Which of the people a batch speaks of are one and the same, and what is new about each. Pure.

Two sightings are one person when they share a phone or a user id, or when the store knows both under one contact.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sender_service.inbound.items import Sender
from sender_service.store.contact_rows import Contact, Match, New, Seen

Identifier: TypeAlias = tuple[int, str, str]


class Sighting(NamedTuple):
    """A person named by a webhook at Meta's time."""

    organization_id: int
    sender: Sender
    at: datetime


@dataclass(slots=True)
class Person:
    """One person of a batch: the contacts it already is, and what the webhooks say about it."""

    organization_id: int
    contacts: dict[int, Contact] = field(default_factory=dict)
    keys: set[Identifier] = field(default_factory=set)
    wa_id: str | None = None
    phone: str | None = None
    bsuid: str | None = None
    parent_bsuid: str | None = None
    # Meta's time, profile name, username: the greatest is the latest.
    profile: tuple[datetime, str, str] | None = None
    contact: Contact | None = None

    def see(self, sighting: Sighting) -> None:
        sender = sighting.sender
        self._dial(sender.phone, sender.wa_id)
        self.bsuid = self.bsuid or sender.bsuid
        self.parent_bsuid = sender.parent_bsuid or self.parent_bsuid
        if sender.name or sender.username:
            profile = (sighting.at, sender.name or "", sender.username or "")
            self.profile = max(self.profile, profile) if self.profile else profile

    def absorb(self, other: "Person") -> None:
        """Become one with another person of the batch."""
        self.contacts |= other.contacts
        self.keys |= other.keys
        self._dial(other.phone, other.wa_id)
        self.bsuid = self.bsuid or other.bsuid
        self.parent_bsuid = self.parent_bsuid or other.parent_bsuid
        self.profile = max((profile for profile in (self.profile, other.profile) if profile), default=None)

    def _dial(self, phone: str | None, wa_id: str | None) -> None:
        """Keep the first number and the greatest of its forms; another number's would be in its holder's way."""
        self.phone = self.phone or phone
        if phone is not None and phone == self.phone:
            self.wa_id = max(self.wa_id or "", wa_id or "") or None

    def new(self) -> New:
        at, name, username = self.profile or (None, None, None)
        return New(
            self.organization_id,
            self.wa_id,
            self.phone,
            self.bsuid,
            self.parent_bsuid,
            username or None,
            name or None,
            at,
        )

    def seen(self) -> Seen | None:
        """What the webhooks add to the contact; None when it knows all of it."""
        known = self.contact
        if known is None or not _adds(self, known):
            return None
        at, name, username = self.profile or (None, None, None)
        return Seen(
            self.organization_id,
            known.id,
            self.wa_id,
            self.phone,
            self.bsuid,
            self.parent_bsuid,
            username or None,
            name or None,
            at,
        )


def _adds(person: Person, known: Contact) -> bool:
    return (
        (person.phone is not None and known.phone is None)
        or (person.bsuid is not None and known.bsuid is None)
        or (person.parent_bsuid is not None and known.parent_bsuid is None)
        or (person.phone == known.phone and person.wa_id is not None and person.wa_id > (known.wa_id or ""))
        or (person.profile is not None and _is_news(person.profile, known))
    )


def _is_news(profile: tuple[datetime, str, str], known: Contact) -> bool:
    """Whether the profile is later than the known one, though it may say the same, or fills a gap of it."""
    _, name, username = profile
    if known.profile_name_at is None or (name and not known.profile_name) or (username and not known.username):
        return True
    return profile > (known.profile_name_at, known.profile_name or "", known.username or "")


class Known:
    """The contacts found in the store, by identifier and time."""

    def __init__(self, matches: Iterable[Match]) -> None:
        self._now: dict[Identifier, Contact] = {}
        self._once: dict[Identifier, list[tuple[datetime, Contact]]] = {}
        for kind, value, until, contact in matches:
            key = (contact.organization_id, kind, value)
            if until is None:
                self._now[key] = contact
            else:
                self._once.setdefault(key, []).append((until, contact))

    def holder(self, key: Identifier, at: datetime) -> Contact | None:
        """Who had this identifier at that time: its former holder until it changed, else the present one."""
        return self.former(key, at) or self._now.get(key)

    def former(self, key: Identifier, at: datetime) -> Contact | None:
        """Who had it then and has it no more."""
        former = [(until, contact) for until, contact in self._once.get(key, ()) if at <= until]
        return min(former, key=lambda entry: entry[0])[1] if former else None


def identifiers(organization_id: int, sender: Sender) -> list[Identifier]:
    """The identifiers a sender names."""
    keys: list[Identifier] = []
    if sender.phone is not None:
        keys.append((organization_id, "phone", sender.phone))
    if sender.bsuid is not None:
        keys.append((organization_id, "bsuid", sender.bsuid))
    return keys


def gather(sightings: Sequence[Sighting], known: Known) -> list[Person]:
    """One person per sighting, in order; sightings of the same person share one object."""
    by_key: dict[Identifier, Person] = {}
    seen_as: list[Identifier] = []
    for named in sightings:
        sighting = _certain(named, known, by_key)
        keys = identifiers(sighting.organization_id, sighting.sender)
        holders = [holder for key in keys if (holder := known.holder(key, sighting.at)) is not None]
        nodes = [_node(key, sighting.at, known) for key in keys]
        nodes += [(holder.organization_id, "contact", str(holder.id)) for holder in holders]
        person = _join(by_key, nodes) or Person(sighting.organization_id)
        person.see(_lasting(sighting, known))
        person.keys.update(nodes)
        person.contacts.update({holder.id: holder for holder in holders})
        by_key.update(dict.fromkeys(nodes, person))
        seen_as.append(nodes[0])
    return [by_key[key] for key in seen_as]


def _certain(sighting: Sighting, known: Known, by_key: dict[Identifier, Person]) -> Sighting:
    """A phone whose holder has another user id does not tell who this is: numbers change hands, user ids do not."""
    sender = sighting.sender
    if sender.phone is None or sender.bsuid is None:
        return sighting
    key = (sighting.organization_id, "phone", sender.phone)
    holder = known.holder(key, sighting.at)
    person = by_key.get(_node(key, sighting.at, known))
    theirs = (holder and holder.bsuid) or (person and person.bsuid)
    if theirs is None or theirs == sender.bsuid:
        return sighting
    return sighting._replace(sender=sender._replace(wa_id=None, phone=None))


def _lasting(sighting: Sighting, known: Known) -> Sighting:
    """Without the identifiers the person no longer has: they name it, but are not to be written."""
    sender, organization = sighting.sender, sighting.organization_id
    if sender.phone is not None and known.former((organization, "phone", sender.phone), sighting.at):
        sender = sender._replace(wa_id=None, phone=None)
    if sender.bsuid is not None and known.former((organization, "bsuid", sender.bsuid), sighting.at):
        sender = sender._replace(bsuid=None)
    return sighting if sender is sighting.sender else sighting._replace(sender=sender)


def _node(key: Identifier, at: datetime, known: Known) -> Identifier:
    """An identifier that changed hands stands for its holder of that time, not for itself."""
    holder = known.holder(key, at)
    return (holder.organization_id, "contact", str(holder.id)) if holder is not None else key


def _join(by_key: dict[Identifier, Person], nodes: Sequence[Identifier]) -> Person | None:
    people = list({id(person): person for node in nodes if (person := by_key.get(node))}.values())
    if not people:
        return None
    first, *others = people
    for other in others:
        first.absorb(other)
        for key in other.keys:
            by_key[key] = first
    return first
