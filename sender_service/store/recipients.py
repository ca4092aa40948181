"""The people and conversations that outbound messages belong to, found or made for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("recipients")


class Sought(NamedTuple):
    """One message's recipient: a folded phone or a BSUID; lead and campaign are looked up to see whose they are."""

    organization_id: int
    phone_number_id: str
    phone: str | None
    bsuid: str | None
    lead_id: int | None
    campaign_id: int | None


class Found(NamedTuple):
    now: datetime
    place: int
    contact_id: int | None
    conversation_id: int | None
    blocked: bool
    opted_out: bool
    window_expires_at: datetime | None
    lead_id: int | None
    campaign_id: int | None


async def find(conn: Connection, sought: Sequence[Sought]) -> list[Found]:
    """One answer for each, in order; making contacts and conversations that are missing.

    A person whom another transaction makes at the same moment is found at the second look.
    """
    found = await _find(conn, sought)
    for _ in range(2):
        missing = [who for who, one in zip(sought, found, strict=True) if _lacks(who, one)]
        if not missing:
            break
        places = [(who.organization_id, who.phone_number_id, who.phone, who.bsuid) for who in missing]
        await conn.execute(_SQL.make, *zip(*places, strict=True))
        found = await _find(conn, sought)
    return found


def _lacks(who: Sought, one: Found) -> bool:
    """A group or a mark-as-read has no contact."""
    return one.conversation_id is None and (who.phone is not None or who.bsuid is not None)


async def _find(conn: Connection, sought: Sequence[Sought]) -> list[Found]:
    return [Found(*row) for row in await conn.fetch(_SQL.find, *columns(sought, Sought))]
