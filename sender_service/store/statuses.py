"""What Meta reports about our messages: matched, recorded, and the state they lead to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("statuses")

MessageKey: TypeAlias = tuple[int, int]


class Echo(NamedTuple):
    """Meta reported this attempt; `succeeded` when it says the message went out."""

    organization_id: int
    message_id: int
    attempt: int
    succeeded: bool


class Current(NamedTuple):
    """A message of ours, locked."""

    organization_id: int
    id: int
    status: str
    attempt: int
    external_id: str | None
    error_code: int | None
    error_message: str | None
    failed_at: datetime | None
    phone_number_id: str
    lead_id: int | None


class Event(NamedTuple):
    """One row of the history; `pricing` and `raw` are JSON text."""

    organization_id: int
    message_id: int
    attempt: int
    status: str
    participant: str
    at: datetime
    wamid: str
    error_code: int | None
    error_message: str | None
    pricing: str | None
    raw: str | None


class Fact(NamedTuple):
    """One thing known about an attempt, from a status or from the answer to the call."""

    organization_id: int
    message_id: int
    attempt: int
    status: str
    at: datetime
    wamid: str | None
    error_code: int | None
    error_message: str | None


class Advance(NamedTuple):
    """The new state of a message; id, error and `failed_at` are set as given, the other times only to earlier ones."""

    organization_id: int
    id: int
    status: str
    attempt: int
    external_id: str | None
    error_code: int | None
    error_message: str | None
    failed_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    played_at: datetime | None
    pricing: str | None


class Learned(NamedTuple):
    organization_id: int
    wamid: str
    message_id: int
    attempt: int


class Homeless(NamedTuple):
    """A status that matches no message of ours; `raw` is JSON text."""

    organization_id: int
    phone_number_id: str
    wamid: str
    status: str
    participant: str
    at: datetime
    raw: str


class Parked(NamedTuple):
    organization_id: int
    id: int
    phone_number_id: str
    raw: dict[str, Any]


async def match(
    conn: Connection, organizations: Sequence[int], wamids: Sequence[str]
) -> dict[tuple[int, str], tuple[int, int]]:
    """(organization, Meta's id) -> (message, attempt), for those we know."""
    rows = await conn.fetch(_SQL.match, organizations, wamids)
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


async def settle(conn: Connection, echoes: Sequence[Echo]) -> set[str]:
    """End sends in flight and in doubt that these echoes decide; the numbers whose queue may move on."""
    arguments = columns(echoes, Echo)
    rows = await conn.fetch(_SQL.settle_sending, *arguments)
    rows += await conn.fetch(_SQL.settle_unknown, *arguments)
    return {row["phone_number_id"] for row in rows}


async def lock(conn: Connection, keys: Sequence[MessageKey]) -> dict[MessageKey, Current]:
    rows = await conn.fetch(_SQL.lock, [key[0] for key in keys], [key[1] for key in keys])
    return {(row[0], row[1]): Current(*row) for row in rows}


async def record(conn: Connection, events: Sequence[Event]) -> set[tuple[int, int, int, str, str, datetime]]:
    """The keys of those that were new: organization, message, attempt, status, participant, time."""
    return {tuple(row) for row in await conn.fetch(_SQL.record, *columns(events, Event))}


async def history(conn: Connection, keys: Sequence[MessageKey]) -> list[Fact]:
    rows = await conn.fetch(_SQL.history, [key[0] for key in keys], [key[1] for key in keys])
    return [Fact(*row) for row in rows]


async def advance(conn: Connection, messages: Sequence[Advance]) -> None:
    await conn.execute(_SQL.advance, *columns(messages, Advance))


async def learn(conn: Connection, learned: Sequence[Learned]) -> None:
    await conn.execute(_SQL.learn, *columns(learned, Learned))


async def park(conn: Connection, homeless: Sequence[Homeless]) -> None:
    await conn.execute(_SQL.park, *columns(homeless, Homeless))


async def take_parked(conn: Connection, limit: int) -> list[Parked]:
    return [Parked(*row) for row in await conn.fetch(_SQL.take_parked, limit)]


async def count_parked(conn: Connection) -> int:
    """How many wait, at most 10,000."""
    count: int = await conn.fetchval(_SQL.count_parked)
    return count


async def unpark(conn: Connection, keys: Sequence[tuple[int, int]]) -> None:
    await conn.execute(_SQL.unpark, [key[0] for key in keys], [key[1] for key in keys])
