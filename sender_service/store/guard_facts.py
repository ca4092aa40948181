"""What the guards must know about messages that were accepted earlier."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("guard_facts")


class Waited(NamedTuple):
    organization_id: int
    message_id: int
    template_id: int | None


class Known(NamedTuple):
    """`category` is that of the message's template, where it is stored."""

    message_id: int
    now: datetime
    type: str
    category: str | None
    blocked: bool
    opted_out: bool
    window_expires_at: datetime | None


async def find(conn: Connection, waited: Sequence[Waited]) -> list[Known]:
    """In no particular order."""
    return [Known(*row) for row in await conn.fetch(_SQL.find, *columns(waited, Waited))]
