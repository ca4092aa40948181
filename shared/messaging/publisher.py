"""Publishing that is believed only when the broker has confirmed it.

Own connection, never shared with consuming: memory and disk alarms block publishing connections only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final
from uuid import uuid4

from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError, PublishError
from pamqp.commands import Basic

from shared import metrics
from shared.logging import get_logger
from shared.messaging.connection import LOST, Connection, connect_patiently, ended, growing_pauses
from shared.messaging.errors import BrokerAway, PublishFailed, Unconfirmed, Unroutable

# In flight on one channel, 1 KiB each: 1 -> 2,047/s, 10 -> 7,646/s, 100 -> 12,277/s, 2,000 -> 7,792/s.
WINDOW: Final = 100
TIMEOUT: Final = 5.0
PERSISTENT: Final = 2
# Above this a publish also waits until the socket has taken it, so that a slow broker holds back large bodies.
LARGE_BODY: Final = 65_536

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish; `message_id` is made fresh for every attempt unless the caller has just made one.

    Two publishes in flight with one id had their outcomes swapped: an id of the business belongs in the body or a header.
    """

    exchange: str
    routing_key: str
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None


class Publisher:
    """Publishes persistent, mandatory messages and waits for each confirmation; an async context manager.

    It connects in the background and goes on doing so; until then every publish raises `BrokerAway` at once.
    """

    def __init__(self, url: str, name: str = "colomba publisher", *, window: int = WINDOW) -> None:
        self._url = url
        self._name = name
        self._window = asyncio.Semaphore(window)
        self._channel: Channel | None = None
        self._broken = asyncio.Event()
        self._suspect = False
        self._in_flight = 0
        self._last_confirmed = 0.0
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Publisher:
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
        return self._channel is not None and not self._channel.is_closed and not self._suspect

    async def publish(self, outgoing: Outgoing, timeout: float = TIMEOUT) -> None:
        """Publish one message; returns when a quorum of the broker has it, else raises a `PublishFailed` within `timeout` seconds."""
        started = asyncio.get_running_loop().time()
        sent = False
        try:
            async with asyncio.timeout(timeout), self._window:
                channel = self._usable_channel()
                sent = True
                self._in_flight += 1
                try:
                    await _send(channel, outgoing)
                finally:
                    self._in_flight -= 1
        except PublishError as error:
            raise Unroutable(f"no queue for {outgoing.routing_key} on {outgoing.exchange}") from error
        except TimeoutError as error:
            if not sent:
                raise BrokerAway("too many publishes are waiting") from error
            self._doubt(started)
            raise Unconfirmed(f"no confirmation within {timeout} s") from error
        except (DeliveryError, *LOST) as error:
            raise Unconfirmed(f"the broker did not confirm: {type(error).__name__}") from error
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            raise Unconfirmed("the connection was lost") from error
        self._last_confirmed = asyncio.get_running_loop().time()
        self._suspect = False

    async def publish_all(self, outgoings: Sequence[Outgoing], timeout: float = TIMEOUT) -> list[PublishFailed | None]:
        """Publish many at once; gives for each, in order, None or what went wrong."""
        return list(await asyncio.gather(*(self._outcome(outgoing, timeout) for outgoing in outgoings)))

    async def _outcome(self, outgoing: Outgoing, timeout: float) -> PublishFailed | None:
        try:
            await self.publish(outgoing, timeout)
        except PublishFailed as error:
            return error
        return None

    def _usable_channel(self) -> Channel:
        channel = self._channel
        if channel is None or channel.is_closed:
            raise BrokerAway("not connected")
        if self._suspect and self._in_flight:
            raise BrokerAway("the broker does not confirm; one publish is trying")
        return channel

    def _doubt(self, since: float) -> None:
        """Give up a connection on which nothing at all was confirmed since then: it is half-open, or the broker is alarmed."""
        if self._last_confirmed < since:
            self._suspect = True
            self._broken.set()

    async def _keep_connected(self) -> None:
        """Hold a connection open for as long as the publisher lives."""
        pauses = growing_pauses(0.1, 5.0)
        while True:
            connection = await connect_patiently(self._url, self._name)
            opened = asyncio.get_running_loop().time()
            try:
                await self._serve(connection)
            except BrokerAway as error:
                _log.warning("publisher.disconnected", connection=self._name, error=str(error))
            finally:
                self._channel = None
                metrics.PUBLISHER_CONNECTED.labels(self._name).set(0)
                await connection.close()
            if asyncio.get_running_loop().time() - opened > 10:
                pauses = growing_pauses(0.1, 5.0)
            await asyncio.sleep(next(pauses))

    async def _serve(self, connection: Connection) -> None:
        """Offer one channel for publishing until it breaks."""
        channel = await connection.channel()
        self._broken.clear()
        self._channel = channel
        metrics.PUBLISHER_CONNECTED.labels(self._name).set(1)
        broken = asyncio.create_task(self._broken.wait())
        try:
            await asyncio.wait((channel.closing, broken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            broken.cancel()
        if self._broken.is_set():
            connection.abort()
            raise BrokerAway("the broker confirms nothing")
        raise BrokerAway("the channel was closed")


async def _send(channel: Channel, outgoing: Outgoing) -> None:
    await channel.basic_publish(
        outgoing.body,
        exchange=outgoing.exchange,
        routing_key=outgoing.routing_key,
        mandatory=True,
        wait=len(outgoing.body) > LARGE_BODY,
        properties=Basic.Properties(
            content_type=outgoing.content_type,
            headers=dict(outgoing.headers),
            delivery_mode=PERSISTENT,
            message_id=outgoing.message_id or uuid4().hex,
        ),
    )


def _is_cancelled() -> bool:
    """Tell whether somebody really cancelled this task; aiormq raises CancelledError of its own when a connection goes."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
