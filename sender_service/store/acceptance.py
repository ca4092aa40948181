"""What must be known of commands to accept them: whether they are new, their recipients, what they name."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("acceptance")


class Sought(NamedTuple):
    """A command's key, its recipient, a folded phone or a BSUID, and what it names: lead, campaign, template."""

    organization_id: int
    source: str
    key: str
    phone_number_id: str
    phone: str | None
    bsuid: str | None
    lead_id: int | None
    campaign_id: int | None
    business_account_id: str
    template: str | None
    language: str | None


class Found(NamedTuple):
    """A new command, by its place among those sought, counted from 1; `template_version` changes with its row.

    Ids of a contact (`is_stranger`) and a conversation (`subject`) that are to be made are given already.
    """

    now: datetime
    place: int
    message_id: int
    organization_id: int
    contact_id: int | None
    conversation_id: int | None
    is_stranger: bool
    subject: str | None
    blocked: bool
    opted_out: bool
    window_expires_at: datetime | None
    lead_id: int | None
    campaign_id: int | None
    template_id: int | None
    template_version: str | None


async def look(conn: Connection, sought: Sequence[Sought]) -> list[Found]:
    """Those whose key no earlier command had, with message ids ascending in the order of `sought`.

    Nothing is written: who makes the same key, contact or conversation in the meantime is noticed when they are logged.
    In no transaction of others, for it commits without waiting for the disk.
    """
    if not sought:
        return []
    return [Found(*row) for row in await conn.fetch(_SQL.look, *columns(sought, Sought))]
