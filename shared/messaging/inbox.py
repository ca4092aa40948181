"""What one channel has delivered and nobody has taken yet, handed over in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from aiormq.channel import Channel

from shared.messaging.connection import Connection, lost_as_away
from shared.messaging.delivery import Delivery
from shared.messaging.errors import BrokerAway
from shared.messaging.incoming import Delivered
from shared.messaging.properties import read
from shared.messaging.traffic import Traffic

# From so many deliveries on, a message is handled alone.
SUSPECT_FROM: Final = 5
DENSE_RATE: Final = 100.0
LOOK_EVERY: Final = 15.0
TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery that is not settled yet, and the tag that settles it on its channel."""

    delivery: Delivery
    tag: int


class Inbox:
    """What one channel has delivered and nobody has taken yet."""

    def __init__(self, channel: Channel, queue: str) -> None:
        self._channel = channel
        self._queue = queue
        self._waiting: deque[Delivered] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self._lost = False
        self._is_idle = False
        self._received = 0
        self._taken = self._settled = 0
        self._traffic = Traffic(DENSE_RATE)
        self._clock = asyncio.get_running_loop().time

    @classmethod
    async def open(cls, connection: Connection, queue: str, prefetch: int) -> Inbox:
        """Start consuming on a channel of its own; raises `BrokerAway`."""
        channel = await connection.channel()
        inbox = cls(channel, queue)
        channel.closing.add_done_callback(inbox._lose)
        channel.on_consumer_cancel_callbacks.add(inbox._lose)
        with lost_as_away():
            await channel.basic_qos(prefetch_count=prefetch, timeout=TIMEOUT)
        await connection.consume(channel, queue, inbox._receive)
        return inbox

    def _receive(self, message: Delivered) -> None:
        self._waiting.append(message)
        self._received += 1
        self._wake.set()

    def _lose(self, _cause: object) -> None:
        self._lost = True
        self._wake.set()

    async def stop_when(self, stopping: asyncio.Event) -> None:
        """Make `take` end when `stopping` is set."""
        await stopping.wait()
        self._stopping = True
        self._wake.set()

    async def look_after(self) -> None:
        """Notice a consumer the broker has forgotten: the queue is gone, or messages are ready and none comes."""
        while not self._lost:
            received = self._received
            await asyncio.sleep(LOOK_EVERY)
            if self._is_waiting() and self._received == received and await self._has_ready_messages():
                self._lose("forgotten")

    def _is_waiting(self) -> bool:
        """Nothing is in hand: a batch that is not settled may be all that the prefetch allows."""
        return self._is_idle and self._taken == self._settled

    async def _has_ready_messages(self) -> bool:
        try:
            with lost_as_away():
                declared = await self._channel.queue_declare(self._queue, passive=True, timeout=TIMEOUT)
        except BrokerAway:
            return True
        return bool(declared.message_count)

    async def take(self, most: int, linger: float) -> list[Held]:
        """Wait for messages and take up to `most`; empty when stopping. Raises `BrokerAway` for a lost channel."""
        while not self._waiting:
            await self._woken()
            if self._stopping:
                return []
        if self._traffic.is_dense and len(self._waiting) < most:
            await self._fill(most, linger)
        batch = self._next(most)
        self._taken = batch[-1].tag
        self._traffic.note(len(batch), self._clock())
        return batch

    async def _woken(self) -> None:
        if not (self._stopping or self._lost or self._waiting):
            self._wake.clear()
            self._is_idle = True
            await self._wake.wait()
            self._is_idle = False
        if self._lost:
            raise BrokerAway("the channel was lost")

    async def _fill(self, most: int, linger: float) -> None:
        """Wait a moment for the batch to fill; a single timer rather than a wake for every message."""
        deadline = self._clock() + linger
        while len(self._waiting) < most and not (self._stopping or self._lost):
            left = deadline - self._clock()
            if left <= 0:
                return
            await asyncio.sleep(min(left, linger / 4))

    def _next(self, most: int) -> list[Held]:
        """Take messages in order; one that came back too often comes alone."""
        batch: list[Held] = []
        while self._waiting and len(batch) < most:
            held = self._held(self._waiting[0])
            suspect = held.delivery.delivery_count >= SUSPECT_FROM
            if suspect and batch:
                break
            self._waiting.popleft()
            batch.append(held)
            if suspect:
                break
        return batch

    def _held(self, message: Delivered) -> Held:
        properties = read(message.properties)
        count = properties.headers.get("x-delivery-count", 0)
        delivery = Delivery(
            body=message.body,
            message_id=properties.message_id,
            exchange=message.exchange,
            routing_key=message.routing_key,
            headers=properties.headers,
            content_type=properties.content_type,
            redelivered=message.redelivered,
            delivery_count=count if isinstance(count, int) else 0,
            queue=self._queue,
        )
        return Held(delivery, message.tag)

    async def acknowledge(self, last: Held) -> None:
        """Acknowledge everything up to and including `last`; raises `BrokerAway`."""
        with lost_as_away():
            await self._channel.basic_ack(last.tag, multiple=True)
        self._settled = last.tag

    async def pause(self, seconds: float) -> None:
        """Wait; raises `BrokerAway` when the channel is lost or given up meanwhile: waiting then serves nothing."""
        deadline = self._clock() + seconds
        while (left := deadline - self._clock()) > 0:
            if self._lost or self._stopping:
                raise BrokerAway("the channel was lost" if self._lost else "stopping")
            await asyncio.sleep(min(left, 0.05))
