"""Dead letters: what no handler could take, kept where it can be seen, replayed and discarded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("dead_letters")
# Instead of an organization's id, for operators of the whole installation.
ANYBODY: Final = None
NOBODY: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One dead message with the reason it died for; `source` is the queue it came from."""

    message_id: str
    source: str
    exchange: str
    routing_key: str
    reason: str
    error: str
    fingerprint: str
    attempts: int
    headers: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which open letters: by ids or by filter; None means all."""

    ids: Sequence[int] | None = None
    source: str | None = None
    reason: str | None = None
    fingerprint: str | None = None


class Settled(NamedTuple):
    """A letter that was closed now."""

    id: int
    organization_id: int | None


async def store(conn: Connection, letters: Sequence[Letter]) -> None:
    """Keep them, each once by (source, message id)."""
    names = (
        "message_id",
        "source",
        "exchange",
        "routing_key",
        "reason",
        "error",
        "fingerprint",
        "attempts",
        "headers",
        "body",
    )
    columns = [[getattr(letter, name) for letter in letters] for name in names]
    await conn.execute(_SQL.store, *columns)


async def page(
    conn: Connection,
    whose: int | None,
    selection: Selection,
    *,
    status: str | None,
    before: int | None,
    limit: int,
    offset: int = 0,
) -> list[Record]:
    """Up to `limit` + 1 letters, newest first."""
    chosen = (selection.source, selection.reason, selection.fingerprint)
    return await conn.fetch(_SQL.page, whose, before, status, *chosen, limit, offset)


async def count(conn: Connection, whose: int | None, selection: Selection, *, status: str | None) -> int:
    """At most 10,001."""
    chosen = (selection.source, selection.reason, selection.fingerprint)
    number: int = await conn.fetchval(_SQL.count, whose, status, *chosen)
    return number


async def groups(conn: Connection, whose: int | None) -> list[Record]:
    """Open letters grouped by what went wrong."""
    return await conn.fetch(_SQL.groups, whose)


async def get(conn: Connection, whose: int | None, letter_id: int) -> Record | None:
    """One letter with its body."""
    return await conn.fetchrow(_SQL.get, whose, letter_id)


async def selected(conn: Connection, whose: int | None, selection: Selection, limit: int | None) -> list[int]:
    """Ids of open letters, oldest first."""
    ids = None if selection.ids is None else list(selection.ids)
    chosen = (selection.source, selection.reason, selection.fingerprint)
    return [row["id"] for row in await conn.fetch(_SQL.selected, whose, ids, *chosen, limit)]


async def whole(conn: Connection, whose: int | None, ids: Sequence[int]) -> list[Record]:
    """Those of the letters that are still open, with headers and bodies."""
    return await conn.fetch(_SQL.whole, whose, list(ids))


async def settle(conn: Connection, whose: int | None, ids: Sequence[int], status: str) -> list[Settled]:
    """Those that this call closed."""
    return [Settled(*row) for row in await conn.fetch(_SQL.settle, whose, sorted(ids), status)]


async def open_by_source(conn: Connection) -> dict[str, int]:
    """Of all organizations."""
    return {row["source"]: row["letters"] for row in await conn.fetch(_SQL.open_by_source)}
