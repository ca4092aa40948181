"""One channel on which publishes are sent at once and confirmed later.

The library's own publish costs 60 µs a message (a lock, two futures in three registries, a queue, a wake of its
writer, a general encoder) where this costs 12: it enters the future in the library's table of confirmations and writes
the frames itself, all frames of one turn of the event loop in one write. Acks, nacks, returns and the closing of the
channel are the library's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from aiormq.channel import Channel

from shared.messaging import frames
from shared.messaging.connection import Connection
from shared.messaging.errors import Unconfirmed

# Above this a publish waits until the socket has taken what came before, so that a slow broker holds back large bodies.
LARGE_BODY: Final = 65_536


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish; `message_id` is made fresh for every attempt unless the caller has just made one.

    Two publishes in flight with one id had their outcomes swapped: an id of the business belongs in the body or a
    header.
    """

    exchange: str
    routing_key: str
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None


class ConfirmChannel:
    """A channel of a publishing connection; must be the only writer of publishes on it."""

    def __init__(self, connection: Connection, channel: Channel) -> None:
        self._connection = connection
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._unwritten: list[bytes] = []
        self._sent_at: dict[asyncio.Future[Any], float] = {}
        self.last_confirmed = self._loop.time()
        channel.closing.add_done_callback(self._fail_all)

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing can be sent any more."""
        return self._channel.is_closed

    @property
    def in_flight(self) -> int:
        """Count what is sent and neither confirmed nor given up."""
        return len(self._sent_at)

    def send(self, outgoing: Outgoing) -> asyncio.Future[Any]:
        """Send a message; the future ends when the broker has confirmed or refused it, or the channel is lost."""
        channel = self._channel
        message_id = outgoing.message_id or uuid4().hex
        number, body = channel.number, outgoing.body
        # Made whole before any of it is written: a method without its header would end the connection.
        written = [
            frames.publish(number, outgoing.exchange, outgoing.routing_key),
            frames.header(
                number,
                len(body),
                content_type=outgoing.content_type,
                message_id=message_id,
                headers=outgoing.headers,
            ),
            *frames.body(number, body, channel.max_content_size),
        ]
        if not self._unwritten:
            self._loop.call_soon(self._write)
        self._unwritten += written
        channel.delivery_tag += 1
        future: asyncio.Future[Any] = self._loop.create_future()
        channel.confirmations[channel.delivery_tag] = future
        channel.message_id_delivery_tag[message_id] = channel.delivery_tag
        self._sent_at[future] = self._loop.time()

        def settled(ended: asyncio.Future[Any]) -> None:
            channel.message_id_delivery_tag.pop(message_id, None)
            self._sent_at.pop(ended, None)
            if not ended.cancelled() and ended.exception() is None:
                self.last_confirmed = self._loop.time()

        future.add_done_callback(settled)
        return future

    async def room_for(self, body: bytes) -> None:
        """Wait, for a large body, until what was written before has left."""
        if len(body) > LARGE_BODY:
            await self._connection.drained()

    def give_up(self, older_than: float) -> bool:
        """Fail what was sent before that moment and is unconfirmed; tells whether nothing was confirmed since."""
        overdue = [future for future, sent_at in self._sent_at.items() if sent_at < older_than]
        silent = any(self._sent_at[future] > self.last_confirmed for future in overdue)
        for future in overdue:
            _fail(future, "no confirmation in time")
        return silent

    def _write(self) -> None:
        """Write what one turn of the event loop has sent."""
        unwritten = b"".join(self._unwritten)
        self._unwritten.clear()
        if not self._channel.is_closed:
            self._connection.write(unwritten)

    def _fail_all(self, _closing: object) -> None:
        for future in list(self._sent_at):
            _fail(future, "the connection was lost")


def _fail(future: asyncio.Future[Any], problem: str) -> None:
    if not future.done():
        future.set_exception(Unconfirmed(problem))
