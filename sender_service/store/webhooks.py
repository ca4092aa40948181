"""Raw webhooks as Meta sent them, and the items that could not become a row of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("webhooks")


class Logged(NamedTuple):
    """One webhook and what became of it: processed, duplicate, set_aside, unclaimed_number or malformed."""

    received_at: datetime
    id: UUID
    organization_id: int | None
    phone_number_id: str | None
    app: str
    sha256: bytes
    body: bytes
    outcome: str
    reason: str | None
    items: int


class SetAside(NamedTuple):
    organization_id: int | None
    webhook_id: UUID
    reason: str
    raw: str
    received_at: datetime


async def log(conn: Connection, webhooks: Sequence[Logged]) -> None:
    await conn.execute(_SQL.log, *columns(webhooks, Logged))


async def set_aside(conn: Connection, items: Sequence[SetAside]) -> None:
    await conn.execute(_SQL.set_aside, *columns(items, SetAside))


class Selection(NamedTuple):
    """Which raw webhooks: received from `since` until before `until`, and whatever else is given."""

    since: datetime
    until: datetime
    outcome: str | None = None
    phone_number_id: str | None = None
    ids: Sequence[UUID] | None = None


class Kept(NamedTuple):
    received_at: datetime
    id: UUID
    app: str
    sha256: bytes
    body: bytes


async def to_replay(conn: Connection, selection: Selection, after: tuple[datetime, UUID], limit: int) -> list[Kept]:
    """Up to `limit` of the selection after the cursor, in the order they came."""
    rows = await conn.fetch(
        _SQL.to_replay,
        *after,
        selection.until,
        selection.outcome,
        selection.phone_number_id,
        selection.ids,
        limit,
    )
    return [Kept(*row) for row in rows]
