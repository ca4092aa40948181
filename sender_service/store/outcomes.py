"""What came of calls, written for a group of them: each query takes them in the order of their message ids."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("outcomes")


class Settled(NamedTuple):
    """`outcome` is sent or failed; the rest is for the history of attempts, redacted by the caller."""

    organization_id: int
    message_id: int
    attempt: int
    outcome: str
    wamid: str | None
    error_code: int | None
    error_message: str | None
    at: datetime
    started_at: datetime
    remembered_as: str
    request: Any
    answer: Any


class Requeued(NamedTuple):
    """`state` is queued, or retry_wait for so many seconds."""

    organization_id: int
    message_id: int
    attempt: int
    state: str
    seconds: float
    error_code: int | None
    error_message: str | None


class Doubted(NamedTuple):
    message_id: int
    attempt: int
    reason: str


class Attempt(NamedTuple):
    """One row of the history that settles nothing, redacted by the caller."""

    organization_id: int
    started_at: datetime
    message_id: int
    attempt: int
    outcome: str
    wamid: str | None
    error_code: int | None
    error_message: str | None
    request: Any
    answer: Any


class Linked(NamedTuple):
    organization_id: int
    contact_id: int
    lead_id: int
    message_id: int


async def settle(conn: Connection, settled: Sequence[Settled]) -> None:
    await conn.execute(_SQL.settle, *columns(settled, Settled))


async def note(conn: Connection, keys: Sequence[tuple[int, int]]) -> list[Linked]:
    """The links that are new; `keys` are (organization, message)."""
    return [Linked(*row) for row in await conn.fetch(_SQL.note, *zip(*keys, strict=True))]


async def requeue(conn: Connection, requeued: Sequence[Requeued]) -> None:
    await conn.execute(_SQL.requeue, *columns(requeued, Requeued))


async def reclaim(conn: Connection, requeued: Sequence[Requeued]) -> None:
    """The same for calls that the sweep had given up meanwhile; the log must say unknown still."""
    await conn.execute(_SQL.reclaim, *columns(requeued, Requeued))


async def doubt(conn: Connection, doubted: Sequence[Doubted], echo_window: float) -> None:
    """Unknown until Meta's echo; for so many seconds nothing but an echo decides."""
    await conn.execute(_SQL.doubt, *columns(doubted, Doubted), echo_window)


async def lapsed(conn: Connection, older_than: float, limit: int) -> list[tuple[int, int]]:
    """(message, attempt) of calls that began more than so many seconds ago and have no outcome."""
    return [(row["message_id"], row["attempt"]) for row in await conn.fetch(_SQL.lapsed, older_than, limit)]


async def add_attempts(conn: Connection, attempts: Sequence[Attempt]) -> None:
    await conn.execute(_SQL.add_attempts, *columns(attempts, Attempt))
