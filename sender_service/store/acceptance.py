"""Claiming commands, with what must be known of their recipients: found or made for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("acceptance")


class Sought(NamedTuple):
    """A message's recipient, a folded phone or a BSUID, and what it names: lead, campaign, template."""

    organization_id: int
    phone_number_id: str
    phone: str | None
    bsuid: str | None
    lead_id: int | None
    campaign_id: int | None
    business_account_id: str
    template: str | None
    language: str | None


class Wanted(NamedTuple):
    """A command's key, the hash of what it says, and whom it is for."""

    source: str
    key: str
    body_hash: bytes
    sought: Sought


class Found(NamedTuple):
    """A claimed command, by its place among the wanted, counted from 1; `template_version` changes with its row."""

    now: datetime
    place: int
    message_id: int
    organization_id: int
    contact_id: int | None
    conversation_id: int | None
    blocked: bool
    opted_out: bool
    window_expires_at: datetime | None
    lead_id: int | None
    campaign_id: int | None
    template_id: int | None
    template_version: str | None


async def claim(conn: Connection, wanted: Sequence[Wanted]) -> list[Found]:
    """Those that no earlier command claimed, with message ids ascending in the order of `wanted`.

    Contacts and conversations that are missing are made. A person whom another transaction makes at the same moment is
    found at the second look.
    """
    if not wanted:
        return []
    keys = zip(*((one.sought.organization_id, one.source, one.key, one.body_hash) for one in wanted), strict=True)
    sought = columns([one.sought for one in wanted], Sought)
    found = {row["place"]: Found(*row) for row in await conn.fetch(_SQL.claim, *keys, *sought[1:])}
    for _ in range(2):
        missing = [one for one in found.values() if _lacks(wanted[one.place - 1].sought, one)]
        if not missing:
            break
        again = [(*wanted[one.place - 1].sought, one.place, one.message_id) for one in missing]
        rows = await conn.fetch(_SQL.look_again, *zip(*again, strict=True))
        found |= {row["place"]: Found(*row) for row in rows}
    return list(found.values())


def _lacks(who: Sought, one: Found) -> bool:
    """A group or a mark-as-read has no contact."""
    return one.conversation_id is None and (who.phone is not None or who.bsuid is not None)
