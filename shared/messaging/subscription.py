"""Hearing everything published on an exchange while this process lives, and nothing from before.

For live views: the queue is exclusive to the connection and goes with it, nothing is acknowledged, and what comes in
faster than it is heard is dropped by the broker at the queue's head. Who must not miss a message has an own queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from pamqp.common import FieldTable

from shared.logging import get_logger
from shared.messaging.connection import Connection, connect_patiently, ended, growing_pauses, lost_as_away
from shared.messaging.errors import BrokerAway
from shared.messaging.incoming import Delivered
from shared.messaging.properties import read

MOST_WAITING: Final = 10_000
_log = get_logger(__name__)

Heard = Callable[[str, bytes], None]


class Subscription:
    """Calls `heard(content type, body)` for each message; `gap()` when some may have been missed."""

    def __init__(self, url: str, exchange: str, routing_key: str, *, heard: Heard, gap: Callable[[], None]) -> None:
        self._url = url
        self._exchange = exchange
        self._routing_key = routing_key
        self._heard = heard
        self._gap = gap
        self.is_listening = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Listen until `stopping` is set, connecting again however often it takes."""
        work = asyncio.create_task(self._work(), name=f"listen {self._exchange}")
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
        finally:
            stop.cancel()
            await ended(work)

    async def _work(self) -> None:
        pauses = growing_pauses(0.1, 5.0)
        while True:
            connection = await connect_patiently(self._url, f"listener {self._exchange}")
            try:
                async with connection:
                    await self._listen(connection)
            except BrokerAway as error:
                _log.warning("listener.disconnected", exchange=self._exchange, error=str(error))
            self._gap()
            await asyncio.sleep(next(pauses))

    async def _listen(self, connection: Connection) -> None:
        """Hear until the channel is lost; raises `BrokerAway`."""
        channel = await connection.channel()
        lost = asyncio.Event()
        channel.closing.add_done_callback(lambda _cause: lost.set())
        arguments: FieldTable = {"x-max-length": MOST_WAITING, "x-overflow": "drop-head"}
        with lost_as_away():
            declared = await channel.queue_declare(
                "", exclusive=True, auto_delete=True, arguments=arguments, timeout=10
            )
            queue = declared.queue or ""
            await channel.queue_bind(queue, self._exchange, self._routing_key, timeout=10)
        await connection.consume(channel, queue, self._receive, is_only_heard=True)
        self.is_listening = True
        try:
            await lost.wait()
        finally:
            self.is_listening = False
        raise BrokerAway("the channel was lost")

    def _receive(self, message: Delivered) -> None:
        self._heard(read(message.properties).content_type or "", message.body)
