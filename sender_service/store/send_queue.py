"""What waits to be sent: one row per message until a call has an outcome."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

from asyncpg import Record, UniqueViolationError

from sender_service.model import Queued
from sender_service.store import outbox
from sender_service.store.columns import columns
from sender_service.store.database import Connection, Overtaken, Pool, acquired, queries
from shared.contracts.events import DomainEvent

CHANNEL = "colomba_send"
_SQL = queries("send_queue")


class New(NamedTuple):
    """An accepted message: its log row, its queue row when `status` is queued or scheduled, and what is made with it.

    `new_phone` or `new_bsuid` is set for a contact, `new_subject` for a conversation that is not there yet.
    """

    organization_id: int
    id: int
    phone_number_id: str
    contact_id: int | None
    conversation_id: int | None
    lead_id: int | None
    campaign_id: int | None
    type: str
    status: str
    lane: str
    recipient: str
    text: str | None
    content: Any
    template: str | None
    metadata: Any
    source: str
    command_id: str
    traceparent: str | None
    context_wamid: str | None
    group_id: str | None
    on_unknown: str
    error_code: int | None
    error_message: str | None
    warning: str | None
    ordered: bool
    due_at: datetime | None
    expires_at: datetime | None
    template_id: int | None
    request: Mapping[str, Any]
    body_hash: bytes
    new_phone: str | None
    new_bsuid: str | None
    new_subject: str | None


class Asked(NamedTuple):
    """In whose name, by which lease, an intent is asked for with its acceptance; nobody asks by default."""

    epoch: int | None = None
    owner: str | None = None


class Enqueued(NamedTuple):
    """The outbox row that holds the events, if there are any, and whether the intent was granted."""

    outbox_id: int | None
    is_intended: bool


class WhyNot(NamedTuple):
    """`seconds` is when the recipient's earlier message may be out of the way, for the reason `order`."""

    reason: str
    seconds: float = 0.0


GONE = WhyNot("gone")
NOBODY = Asked()


class Expired(NamedTuple):
    organization_id: int
    message_id: int
    phone_number_id: str
    attempt: int
    request: Mapping[str, Any]


class Refused(NamedTuple):
    """A row that may not go any more; `attempt` counts the attempts made."""

    message_id: int
    attempt: int
    code: int | None
    reason: str


async def enqueue(
    conn: Connection, messages: Sequence[New], events: Sequence[DomainEvent], asked: Asked = NOBODY
) -> Enqueued:
    """Claim the commands' keys, log and queue their messages; of a single one the first intent may be asked for too.

    Raises `Overtaken`, with nothing written, where another transaction had a key, made a contact or a conversation.
    """
    try:
        [row] = await conn.fetch(_SQL.enqueue, *columns(messages, New), await outbox.written(events), *asked)
    except UniqueViolationError as error:
        raise Overtaken(error.constraint_name) from error
    return Enqueued(*row)


async def read(conn: Connection, places: Sequence[tuple[str, str, int]], *, limit: int) -> list[Queued]:
    """At most `limit` rows for each place, which is (number, lane, cursor)."""
    return _rows(await conn.fetch(_SQL.read, *zip(*places, strict=True), limit))


async def read_behind(
    conn: Connection, number: str, lane: str, *, cursor: int, known: Sequence[int], limit: int
) -> list[Queued]:
    return _rows(await conn.fetch(_SQL.read_behind, number, lane, cursor, known, limit))


async def with_work(conn: Connection, numbers: Sequence[tuple[str, int, int]]) -> list[str]:
    """`numbers` are (number, cursor of the priority lane, cursor of the bulk lane)."""
    return [row["number"] for row in await conn.fetch(_SQL.with_work, *zip(*numbers, strict=True))]


async def with_work_behind(conn: Connection, numbers: Sequence[tuple[str, int, int]]) -> list[str]:
    """As `with_work`, for rows up to the cursors."""
    return [row["number"] for row in await conn.fetch(_SQL.with_work_behind, *zip(*numbers, strict=True))]


async def notify(conn: Connection, numbers: Collection[str]) -> None:
    """One call for a whole batch; only for numbers that another process sends from."""
    await conn.execute(_SQL.notify, CHANNEL, " ".join(sorted(numbers)))


@asynccontextmanager
async def listening(pool: Pool, heard: Callable[[list[str]], None]) -> AsyncIterator[asyncio.Event]:
    """`heard` gets the numbers of each call; the event is set when the connection is lost."""
    lost = asyncio.Event()
    async with acquired(pool) as conn:

        def call(_conn: object, _pid: int, _channel: str, numbers: object) -> None:
            heard(str(numbers).split())

        await conn.add_listener(CHANNEL, call)
        conn.add_termination_listener(lambda _conn: lost.set())
        try:
            yield lost
        finally:
            await conn.remove_listener(CHANNEL, call)


async def put_off(conn: Connection, waits: Sequence[tuple[int, float]]) -> None:
    """`waits` are (message, seconds from now)."""
    await conn.execute(_SQL.put_off, *zip(*waits, strict=True))


async def hasten(conn: Connection, messages: Sequence[int]) -> None:
    await conn.execute(_SQL.hasten, messages)


async def due(conn: Connection, numbers: Sequence[str], limit: int) -> list[Queued]:
    return _rows(await conn.fetch(_SQL.due, numbers, limit))


async def intend(conn: Connection, owner: str, wanted: Sequence[tuple[int, int, int]]) -> set[int]:
    """The messages whose attempt may be made; `wanted` are (message, attempt, epoch). Repeating it changes nothing."""
    rows = await conn.fetch(_SQL.intend, *zip(*wanted, strict=True), owner)
    return {row["message_id"] for row in rows}


async def why_not(conn: Connection, owner: str, messages: Sequence[int]) -> dict[int, WhyNot]:
    """Why intents were not granted; what is missing is `GONE`."""
    rows = await conn.fetch(_SQL.why_not, messages, owner)
    return {row["message_id"]: WhyNot(row["reason"], row["seconds"]) for row in rows}


async def expire(conn: Connection, limit: int) -> list[Expired]:
    return [Expired(*row) for row in await conn.fetch(_SQL.expire, limit)]


async def refuse(conn: Connection, refused: Sequence[Refused]) -> dict[int, datetime]:
    """Message -> when it failed, for those that had not been settled meanwhile."""
    rows = await conn.fetch(_SQL.refuse, *columns(refused, Refused))
    return {row["message_id"]: row["at"] for row in rows}


async def cancel(conn: Connection, organization_id: int, messages: Sequence[int]) -> set[int]:
    """Those that were still waiting."""
    return {row["message_id"] for row in await conn.fetch(_SQL.cancel, organization_id, messages)}


async def cancel_campaign(conn: Connection, organization_id: int, campaign_id: int, limit: int) -> set[int]:
    """Call it until it answers nothing: 100,000 rows in one transaction would hold their locks for seconds."""
    rows = await conn.fetch(_SQL.cancel_campaign, organization_id, campaign_id, limit)
    return {row["message_id"] for row in rows}


async def cancel_all(conn: Connection, organization_id: int, limit: int) -> int:
    """How many were still waiting; call it until it answers fewer than `limit`."""
    return len(await conn.fetch(_SQL.cancel_all, organization_id, limit))


def _rows(records: Sequence[Record]) -> list[Queued]:
    return [Queued(*record) for record in records]
