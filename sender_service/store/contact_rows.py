"""The shapes of contacts and links, apart from the SQL that reads them, so that deciding stays pure."""

from datetime import datetime
from typing import NamedTuple


class Contact(NamedTuple):
    organization_id: int
    id: int
    wa_id: str | None
    phone: str | None
    bsuid: str | None
    parent_bsuid: str | None
    username: str | None
    profile_name: str | None
    profile_name_at: datetime | None
    display_name: str | None
    identity_at: datetime | None
    lead_id: int | None
    app_name: str | None = None


class Match(NamedTuple):
    """A contact and the identifier it was found by; `until` is set where it had that identifier only until then."""

    kind: str
    value: str
    until: datetime | None
    contact: Contact


class New(NamedTuple):
    organization_id: int
    wa_id: str | None
    phone: str | None
    bsuid: str | None
    parent_bsuid: str | None
    username: str | None
    profile_name: str | None
    profile_name_at: datetime | None


class Seen(NamedTuple):
    """What a webhook adds to a contact that exists."""

    organization_id: int
    id: int
    wa_id: str | None
    phone: str | None
    bsuid: str | None
    parent_bsuid: str | None
    username: str | None
    profile_name: str | None
    profile_name_at: datetime | None


class Link(NamedTuple):
    """`reason` is created or phone; merged and others are set elsewhere."""

    organization_id: int
    contact_id: int
    lead_id: int
    reason: str
