"""Domain events on their way to the bus: publish, await the confirm, delete the outbox row.

What cannot be published now stays in the table, where the scheduler finds it: nothing is lost, some told twice.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import orjson

from sender_service.in_turns import in_turns
from sender_service.store import outbox
from sender_service.store.database import Pool, acquired
from sender_service.store.outbox import Kept, Written
from shared import metrics
from shared.contracts import cloudevents
from shared.contracts.events import DomainEvent
from shared.logging import get_logger
from shared.messaging import topology
from shared.messaging.errors import NeighbourAway, PublishFailed, Unroutable
from shared.messaging.publisher import Outgoing, Publisher

# Events that may wait in memory, some kilobytes each; what is more stays in the table for the scheduler.
WAITING_EVENTS: Final = 10_000
# What is published, confirmed and deleted together, as far as whole rows allow.
EVENTS_A_ROUND: Final = 1_000
ROWS_AT_ONCE: Final = 100
# Of rows left behind: each may hold some hundred events.
OLD_ROWS_AT_ONCE: Final = 20
# Events in one message of the bus: some 40 KB.
EVENTS_AT_ONCE: Final = 100
OLD_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 1.0
# Where rows come one upon the other, those of so long go together: each round costs a publish, a confirm and a commit.
_LINGER_SECONDS: Final = 0.03

_log = get_logger(__name__)


class EventRelay:
    """Call it with a committed outbox row and its events; `run` publishes what it was called with."""

    def __init__(self, pool: Pool, publisher: Publisher) -> None:
        self._pool = pool
        self._publisher = publisher
        self._waiting: asyncio.Queue[Kept] = asyncio.Queue()
        self._waiting_events = 0

    def __call__(self, outbox_id: int, events: Sequence[DomainEvent]) -> None:
        """Publish soon; never waits."""
        if self._waiting_events >= WAITING_EVENTS:
            _log.warning("outbox.left_to_scheduler", outbox_id=outbox_id)
            return
        self._waiting_events += len(events)
        self._waiting.put_nowait(Kept(outbox_id, list(events)))

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish until stopped, then what is still waiting."""
        stopped = asyncio.create_task(stopping.wait())
        try:
            while (rows := await self._next(stopped)) is not None:
                await self._publish_and_forget(rows)
                if not self._waiting.empty():
                    await asyncio.wait({stopped}, timeout=_LINGER_SECONDS)
        finally:
            stopped.cancel()

    async def publish_old(self, older_than: float = OLD_SECONDS) -> int:
        """Publish rows that nobody published in time; how many are gone."""
        async with acquired(self._pool) as conn:
            rows = await outbox.take_old(conn, older_than, OLD_ROWS_AT_ONCE)
        return await self._publish_and_forget(rows) if rows else 0

    async def _next(self, stopped: "asyncio.Task[bool]") -> list[Kept] | None:
        """What is waiting now, at least one row; None once stopped and nothing waits."""
        if self._waiting.empty():
            coming = asyncio.create_task(self._waiting.get())
            await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                return None
            rows = [coming.result()]
        else:
            rows = []
        events = sum(len(row.events) for row in rows)
        while len(rows) < ROWS_AT_ONCE and events < EVENTS_A_ROUND and not self._waiting.empty():
            rows.append(self._waiting.get_nowait())
            events += len(rows[-1].events)
        self._waiting_events -= events
        return rows

    async def _publish_and_forget(self, rows: Sequence[Kept]) -> int:
        """Publish rows and delete those of which everything was confirmed; how many these are."""
        made = ((row, message) for row in rows for message in _messages(row.events))
        messages = [each async for each in in_turns(made)]
        failures = await self._publisher.publish_all([message for _, message in messages])
        failed = {row.id: why for (row, _), why in zip(messages, failures, strict=True) if not _is_settled(why)}
        if failed:
            _log.warning("outbox.unpublished", rows=len(failed), error=type(next(iter(failed.values()))).__name__)
            # The rows are safe in the table; pausing keeps an absent broker from being asked thousands of times.
            await asyncio.sleep(_PAUSE_SECONDS)
        told = [row for row in rows if row.id not in failed]
        for name, count in Counter(event.name for row in told for event in row.events).items():
            metrics.OUTBOX_PUBLISHED.labels(name).inc(count)
        return await self._forget([row.id for row in told])

    async def _forget(self, ids: Sequence[int]) -> int:
        if not ids:
            return 0
        try:
            async with acquired(self._pool) as conn:
                await outbox.delete(conn, ids)
        except NeighbourAway as error:
            _log.warning("outbox.kept", rows=len(ids), error=str(error))
            return 0
        return len(ids)


def _is_settled(failure: PublishFailed | None) -> bool:
    """Confirmed, or certainly nobody bound a queue for it: an event nobody wants is told."""
    return failure is None or isinstance(failure, Unroutable)


def _messages(events: Iterable[DomainEvent | Written]) -> Iterator[Outgoing]:
    """One message per routing key and hundred events: a batch, or the event itself when it is alone."""
    by_key: dict[str, list[DomainEvent | Written]] = defaultdict(list)
    for event in events:
        by_key[event.routing_key].append(event)
    for routing_key, alike in by_key.items():
        for start in range(0, len(alike), EVENTS_AT_ONCE):
            yield _message(routing_key, alike[start : start + EVENTS_AT_ONCE])


def _message(routing_key: str, events: Sequence[DomainEvent | Written]) -> Outgoing:
    written = [event.as_dict() for event in events]
    if len(written) == 1:
        return Outgoing(topology.EVENTS, routing_key, orjson.dumps(written[0]), cloudevents.CONTENT_TYPE)
    return Outgoing(topology.EVENTS, routing_key, orjson.dumps(written), cloudevents.BATCH_CONTENT_TYPE)
