"""Publishing that is believed only when the broker has confirmed it.

Own connection, never shared with consuming: memory and disk alarms block publishing connections only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, Self

from aiormq.exceptions import DeliveryError, PublishError
from prometheus_client import Counter

from shared import metrics
from shared.logging import get_logger
from shared.messaging.confirms import LARGE_BODY, ConfirmChannel, Outgoing
from shared.messaging.connection import SETTLED_AFTER, Connection, connect_patiently, ended, growing_pauses
from shared.messaging.errors import BrokerAway, PublishFailed, Unconfirmed, Unroutable

__all__ = ["TIMEOUT", "WINDOW", "Outgoing", "Publisher"]

# In flight on one channel, 1 KiB each: 1 -> 2,047/s, 10 -> 7,646/s, 100 -> 12,277/s, 2,000 -> 7,792/s.
WINDOW: Final = 100
TIMEOUT: Final = 5.0
_SWEEP: Final = 0.1

_log = get_logger(__name__)


class Publisher:
    """Publishes persistent, mandatory messages and waits for each confirmation; an async context manager.

    It connects in the background and goes on doing so; until then every publish raises `BrokerAway` at once. What is
    not confirmed within `timeout` seconds raises `Unconfirmed`; when nothing at all was confirmed meanwhile, the
    connection is half-open or the broker alarmed: it is dropped, and a single publish at a time tries the next one
    until something is confirmed.
    """

    def __init__(
        self, url: str, name: str = "colomba publisher", *, window: int = WINDOW, timeout: float = TIMEOUT
    ) -> None:
        self._url = url
        self._name = name
        self._timeout = timeout
        self._window = asyncio.Semaphore(window)
        self._channel: ConfirmChannel | None = None
        self._is_suspect = False
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_connected(), name=self._name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            await ended(self._keeper)

    @property
    def is_ready(self) -> bool:
        """Tell whether a publish made now may succeed."""
        return self._channel is not None and not self._channel.is_closed and not self._is_suspect

    async def publish(self, outgoing: Outgoing) -> None:
        """Publish one message; returns when a quorum of the broker has it, else raises a `PublishFailed` in time."""
        await self._confirmed(await self._send(outgoing), outgoing)

    async def publish_all(self, outgoings: Sequence[Outgoing]) -> list[PublishFailed | None]:
        """Publish many at once; gives for each, in order, None or what went wrong."""
        sent: list[asyncio.Future[Any] | PublishFailed] = []
        for outgoing in outgoings:
            try:
                sent.append(await self._send(outgoing))
            except PublishFailed as error:
                sent.append(error)
        return [await self._outcome(future, outgoing) for future, outgoing in zip(sent, outgoings, strict=True)]

    async def _outcome(self, sent: asyncio.Future[Any] | PublishFailed, outgoing: Outgoing) -> PublishFailed | None:
        if isinstance(sent, PublishFailed):
            return sent
        try:
            await self._confirmed(sent, outgoing)
        except PublishFailed as error:
            return error
        return None

    async def _send(self, outgoing: Outgoing) -> asyncio.Future[Any]:
        """Send when the window has room; raises `BrokerAway` when nothing was sent."""
        self._usable_channel()
        await self._place(outgoing)
        try:
            # The connection may be another one since: on one that has ended nobody would ever fail this.
            future = self._usable_channel().send(outgoing)
        except BaseException:
            self._window.release()
            raise
        future.add_done_callback(self._release)
        return future

    async def _place(self, outgoing: Outgoing) -> None:
        """Take a place in the window, for a large body once the socket has room; raises `BrokerAway` in time."""
        if not self._window.locked() and len(outgoing.body) <= LARGE_BODY:
            await self._window.acquire()
            return
        try:
            async with asyncio.timeout(self._timeout):
                await self._usable_channel().room_for(outgoing.body)
                await self._window.acquire()
        except TimeoutError as error:
            raise BrokerAway("too much is waiting to be confirmed") from error

    async def _confirmed(self, future: asyncio.Future[Any], outgoing: Outgoing) -> None:
        try:
            await future
        except PublishError as error:
            _counted(outgoing.exchange, "unroutable").inc()
            raise Unroutable(f"no queue for {outgoing.routing_key} on {outgoing.exchange}") from error
        except DeliveryError as error:
            _counted(outgoing.exchange, "refused").inc()
            raise Unconfirmed("the broker refused to store it") from error
        except Unconfirmed:
            _counted(outgoing.exchange, "unconfirmed").inc()
            raise
        finally:
            # Its exception holds this frame, and this frame it: a cycle that would keep the body for hours.
            del future
        _counted(outgoing.exchange, "confirmed").inc()
        self._is_suspect = False

    def _release(self, _future: object) -> None:
        self._window.release()

    def _usable_channel(self) -> ConfirmChannel:
        channel = self._channel
        if channel is None or channel.is_closed:
            raise BrokerAway("not connected")
        if self._is_suspect and channel.in_flight:
            raise BrokerAway("the broker confirms nothing; one publish is trying")
        return channel

    async def _keep_connected(self) -> None:
        """Hold a connection open for as long as the publisher lives, whatever ends one."""
        clock = asyncio.get_running_loop().time
        pauses = growing_pauses()
        while True:
            started = clock()
            connected = asyncio.create_task(self._connect_and_serve())
            try:
                await asyncio.wait((connected,))
            finally:
                if not connected.done():
                    await ended(connected)
            error = connected.exception()
            _log.warning(
                "publisher.disconnected",
                connection=self._name,
                error=str(error),
                exc_info=None if isinstance(error, BrokerAway) else error,
            )
            if clock() - started > SETTLED_AFTER:
                pauses = growing_pauses()
            await asyncio.sleep(next(pauses))

    async def _connect_and_serve(self) -> None:
        """Connect however long it takes and serve until that connection ends; always raises."""
        async with await connect_patiently(self._url, self._name) as connection:
            try:
                await self._serve(connection)
            finally:
                self._channel = None
                metrics.PUBLISHER_CONNECTED.labels(self._name).set(0)

    async def _serve(self, connection: Connection) -> None:
        """Offer one channel for publishing until it breaks or confirms nothing any more."""
        channel = ConfirmChannel(connection, await connection.channel())
        self._channel = channel
        metrics.PUBLISHER_CONNECTED.labels(self._name).set(1)
        clock = asyncio.get_running_loop().time
        while not channel.is_closed:
            if channel.give_up(clock() - self._timeout):
                self._is_suspect = True
                connection.abort()
                raise BrokerAway("the broker confirms nothing")
            await asyncio.sleep(_SWEEP)
        raise BrokerAway("the channel was closed")


@lru_cache(maxsize=64)
def _counted(exchange: str, outcome: str) -> Counter:
    return metrics.PUBLISHED.labels(exchange, outcome)
