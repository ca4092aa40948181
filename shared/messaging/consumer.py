"""Taking messages from a queue in batches, and the one table that settles them.

    the handler ...        the consumer ...
    returns                acknowledges, once per batch; those it refused become dead letters first
    raises Unprocessable   dead-letters the message, confirmed, then acknowledges it; never stops for these
    raises NeighbourAway   settles nothing and tries again, pausing longer; after 5 minutes gives back and probes
    raises anything else   handles the batch one by one, then closes the channel and pauses; from 5 deliveries on
                           a message is handled alone, three times, then dead-lettered; ten in a row stop it
    is cancelled at the    settles nothing
    end of the grace

Closing gives messages back in order; rejecting would return them out of order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from shared import metrics
from shared.logging import get_logger
from shared.messaging import dead_letter
from shared.messaging.connection import (
    SETTLED_AFTER,
    Connection,
    connect_patiently,
    ended,
    growing_pauses,
)
from shared.messaging.delivery import Delivery
from shared.messaging.errors import BrokerAway, ConsumerStopped, NeighbourAway, PublishFailed, Unprocessable
from shared.messaging.inbox import SUSPECT_FROM, Held, Inbox
from shared.messaging.publisher import Publisher

SUSPECT_TRIES: Final = 3
MOST_FAILURES_IN_A_ROW: Final = 10
AWAY_LIMIT: Final = 300.0
PROBE_PAUSE: Final = 15.0

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """The message at `index` of the batch is at fault; its neighbours were handled."""

    index: int
    error: Unprocessable


_Result = TypeVar("_Result")
BatchHandler = Callable[[Sequence[Delivery]], Awaitable[Sequence[Refused]]]
# Called with the batch that comes next while the one before it is handled. It may never be handled, or in other parts.
Prepare = Callable[[Sequence[Delivery]], Awaitable[None]]


class _GiveBack(Exception):
    """Close the channel, so that the broker delivers again what is not settled; then wait until `probe` succeeds."""

    def __init__(self, cause: str, probe: Callable[[], Awaitable[object]] | None = None) -> None:
        super().__init__(cause)
        self.probe = probe


class Consumer:
    """Consumes one queue on a connection of its own, one batch at a time, for as long as `run` runs.

    A message on an idle system is handled at once; under dense traffic a batch waits up to `linger` seconds to fill.
    `grace` is how many seconds the batch in hand may take after `stopping` is set. The next batch is taken, and
    prepared where the handler has something to `prepare`, while the one in hand is handled.
    """

    def __init__(
        self,
        url: str,
        queue: str,
        handler: BatchHandler,
        publisher: Publisher,
        *,
        prepare: Prepare | None = None,
        prefetch: int = 1000,
        batch_size: int = 200,
        linger: float = 0.005,
        grace: float = 30.0,
        away_limit: float = AWAY_LIMIT,
        probe_pause: float = PROBE_PAUSE,
    ) -> None:
        self._url = url
        self._queue = queue
        self._handler = handler
        self._prepare = prepare
        self._publisher = publisher
        self._prefetch = prefetch
        self._batch_size = batch_size
        self._linger = linger
        self._grace = grace
        self._away_limit = away_limit
        self._probe_pause = probe_pause
        self._failures_in_a_row = 0
        metrics.CONSUMER_CONNECTED.labels(queue).set(0)

    async def run(self, stopping: asyncio.Event) -> None:
        """Consume until `stopping` is set; raises `ConsumerStopped` when going on would do harm."""
        work = asyncio.create_task(self._work(stopping), name=f"consume {self._queue}")
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await asyncio.wait((work,), timeout=self._grace)
            if work.done():
                await work
        finally:
            stop.cancel()
            await ended(work)

    async def _work(self, stopping: asyncio.Event) -> None:
        """Hold a channel open and work on it, again and again."""
        clock = asyncio.get_running_loop().time
        pauses = growing_pauses(longest=5.0)
        while not stopping.is_set():
            connection = await self._connect(stopping)
            if connection is None:
                return
            started, pause, probe = clock(), 0.0, None
            try:
                async with connection:
                    await self._consume(connection, stopping)
            except BrokerAway as error:
                pause = next(pauses)
                if not stopping.is_set():
                    _log.warning("consumer.disconnected", queue=self._queue, error=str(error))
            except _GiveBack as verdict:
                pause, probe = next(pauses), verdict.probe
                _log.error("consumer.gave_back", queue=self._queue, error=str(verdict))
            if clock() - started > SETTLED_AFTER:
                pauses = growing_pauses(longest=5.0)
            await _unless(stopping, pause)
            if probe is not None:
                await self._probe(probe, stopping)

    async def _probe(self, work: Callable[[], Awaitable[object]], stopping: asyncio.Event) -> None:
        """Repeat the work that met an absent neighbour until it meets it, holding no message meanwhile.

        The work is repeatable by contract, and its messages come again. Asking the broker for one message instead
        would count as a delivery each time, and what is given back in part returns out of order.
        """
        while not stopping.is_set():
            try:
                await work()
            except (NeighbourAway, PublishFailed):
                await _unless(stopping, self._probe_pause)
            except Exception as error:  # noqa: BLE001  the neighbour is back; the fault is settled when it comes again
                _log.info("neighbour.back", queue=self._queue, error=type(error).__name__)
                return
            else:
                _log.info("neighbour.back", queue=self._queue)
                return

    async def _connect(self, stopping: asyncio.Event) -> Connection | None:
        """Connect however long it takes; None when stopped meanwhile."""
        connecting = asyncio.create_task(connect_patiently(self._url, f"consumer {self._queue}"))
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait((connecting, stop), return_when=asyncio.FIRST_COMPLETED)
            return connecting.result() if connecting.done() else None
        finally:
            stop.cancel()
            if not connecting.done():
                await ended(connecting)

    async def _consume(self, connection: Connection, stopping: asyncio.Event) -> None:
        """Take and settle batches until stopping or until the channel is lost."""
        inbox = await Inbox.open(connection, self._queue, self._prefetch)
        metrics.CONSUMER_CONNECTED.labels(self._queue).set(1)
        watches = [asyncio.create_task(inbox.stop_when(stopping)), asyncio.create_task(inbox.look_after())]
        coming = asyncio.create_task(self._take(inbox))
        try:
            while batch := await coming:
                coming = asyncio.create_task(self._take(inbox))
                await self._settle(inbox, batch)
        finally:
            metrics.CONSUMER_CONNECTED.labels(self._queue).set(0)
            for task in (*watches, coming):
                await ended(task)

    async def _take(self, inbox: Inbox) -> Sequence[Held]:
        """The next batch, prepared; what cannot be prepared is met again, and settled, when it is handled."""
        batch = await inbox.take(self._batch_size, self._linger)
        if self._prepare is not None:
            with suppress(Exception):
                await self._prepare([held.delivery for held in batch])
        return batch

    async def _settle(self, inbox: Inbox, batch: Sequence[Held]) -> None:
        """Handle a batch and settle it by the table above."""
        if batch[0].delivery.delivery_count >= SUSPECT_FROM:
            await self._settle_suspect(inbox, batch[0])
            return
        try:
            refused = await self._handle(inbox, batch)
        except (BrokerAway, _GiveBack):
            raise
        except Exception as error:
            if len(batch) == 1:
                self._report(batch[0], error)
                raise _GiveBack(type(error).__name__) from error
            _log.warning("batch.isolated", queue=self._queue, messages=len(batch), exc_info=error)
            for held in batch:
                await self._settle(inbox, (held,))
            return
        await self._finish(inbox, batch, refused)

    async def _settle_suspect(self, inbox: Inbox, held: Held) -> None:
        """Handle alone a message that came back too often; what fails three times so is dead-lettered by us."""
        pauses = growing_pauses(0.2, 2.0)
        for last in (False,) * (SUSPECT_TRIES - 1) + (True,):
            try:
                refused = await self._handle(inbox, (held,))
            except (BrokerAway, _GiveBack):
                raise
            except Exception as error:  # noqa: BLE001  likewise
                self._report(held, error)
                if last:
                    self._count_failure(error)
                    refused = [Refused(0, Unprocessable("failed", f"{type(error).__name__}: {error}"))]
                    await self._finish(inbox, (held,), refused, reset=False)
                else:
                    await inbox.pause(next(pauses))
            else:
                await self._finish(inbox, (held,), refused)
                return

    def _count_failure(self, error: Exception) -> None:
        """Stop before a fault of our own empties the queue into the bin."""
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
            raise ConsumerStopped(f"{self._failures_in_a_row} messages of {self._queue} failed in a row") from error

    async def _handle(self, inbox: Inbox, batch: Sequence[Held]) -> Sequence[Refused]:
        """Call the handler, waiting for its neighbours; a lone message that is unprocessable counts as refused."""
        deliveries = [held.delivery for held in batch]
        started = asyncio.get_running_loop().time()
        try:
            return await self._patiently(inbox, lambda: self._handler(deliveries))
        except Unprocessable as error:
            if len(batch) > 1:
                raise
            return [Refused(0, error)]
        finally:
            metrics.BATCH_SIZE.labels(self._queue).observe(len(batch))
            metrics.BATCH_SECONDS.labels(self._queue).observe(asyncio.get_running_loop().time() - started)

    async def _patiently(self, inbox: Inbox, work: Callable[[], Awaitable[_Result]]) -> _Result:
        """Repeat the work while a neighbour is away, up to five minutes; then give everything back."""
        clock = asyncio.get_running_loop().time
        pauses = growing_pauses()
        since: float | None = None
        while True:
            try:
                return await work()
            except (NeighbourAway, PublishFailed) as error:
                neighbour = error.neighbour if isinstance(error, NeighbourAway) else "rabbitmq"
                metrics.NEIGHBOUR_AWAY.labels(self._queue, neighbour).inc()
                if since is None:
                    since = clock()
                    _log.warning("neighbour.away", queue=self._queue, neighbour=neighbour, error=str(error))
                if clock() - since >= self._away_limit:
                    raise _GiveBack(str(error), work) from error
                await inbox.pause(next(pauses))

    async def _finish(
        self, inbox: Inbox, batch: Sequence[Held], refused: Sequence[Refused], *, reset: bool = True
    ) -> None:
        """Bury what was refused, then acknowledge the batch: what came before it on this channel is settled already."""
        for refusal in refused:
            await self._bury(inbox, batch[refusal.index].delivery, refusal.error)
        await inbox.acknowledge(batch[-1])
        metrics.DELIVERIES.labels(self._queue, "acked").inc(len(batch) - len(refused))
        if reset:
            self._failures_in_a_row = 0

    async def _bury(self, inbox: Inbox, delivery: Delivery, error: Unprocessable) -> None:
        """Publish the dead letter and see it confirmed, however long that takes."""
        letter = dead_letter.of(delivery, error.reason, error.detail)
        await self._patiently(inbox, lambda: self._publisher.publish(letter.outgoing()))
        metrics.DELIVERIES.labels(self._queue, "dead_lettered").inc()
        metrics.DEAD_LETTERED.labels(self._queue, error.reason).inc()
        _log.warning(
            "message.dead_lettered",
            queue=self._queue,
            message_id=delivery.message_id,
            reason=error.reason,
            attempt=letter.attempt,
        )

    def _report(self, held: Held, error: Exception) -> None:
        delivery = held.delivery
        _log.error(
            "message.failed",
            queue=self._queue,
            message_id=delivery.message_id,
            attempt=delivery.delivery_count + 1,
            exc_info=error,
        )


async def _unless(stopping: asyncio.Event, seconds: float) -> None:
    """Wait so many seconds, or until stopping."""
    if seconds <= 0:
        return
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
