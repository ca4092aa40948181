"""Load process of a fault run: publishes send commands at a steady rate, each again until the broker confirmed it.

To one recipient the next command is published only after the last was confirmed, so that the order of acceptance is
known here without asking anybody.
"""

import asyncio
import random
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import aio_pika
import orjson

from deploy.chaos.journal import Journal
from deploy.chaos.pace import steadily
from deploy.stand import meta_bodies
from shared.messaging.connection import growing_pauses

PUBLISH_TIMEOUT = 8
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 3.0
PRIORITY_SHARE = 0.3


class Bus:
    """One publishing channel, opened again whenever it broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._exchange: aio_pika.abc.AbstractExchange | None = None
        self._connection: aio_pika.abc.AbstractConnection | None = None
        self._opening = asyncio.Lock()
        self._failed_at = float("-inf")

    async def publish(self, key: str, routing_key: str, body: bytes) -> None:
        """Raise anything when the broker did not confirm in time: nobody knows, so it must be published again."""
        exchange = await self._opened()
        message = aio_pika.Message(
            body,
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=uuid.uuid4().hex,
            correlation_id=key,
        )
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT):
                await exchange.publish(message, routing_key)
        except BaseException:
            await self._forget(exchange)
            raise

    async def _opened(self) -> aio_pika.abc.AbstractExchange:
        """Whoever waits while somebody else opens shares the outcome, also a failure."""
        asked_at = time.monotonic()
        async with self._opening:
            if self._failed_at > asked_at:
                raise ConnectionError("the broker is away")
            if self._exchange is None:
                try:
                    self._exchange = await self._open()
                except BaseException:
                    self._failed_at = time.monotonic()
                    raise
            return self._exchange

    async def _open(self) -> aio_pika.abc.AbstractExchange:
        connection = await aio_pika.connect(self._url, timeout=5, heartbeat=5)
        try:
            channel = await connection.channel(on_return_raises=True)
            exchange = await channel.get_exchange("whatsapp.commands", ensure=False)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        return exchange

    async def _forget(self, exchange: aio_pika.abc.AbstractExchange) -> None:
        if self._exchange is exchange and self._connection is not None:
            self._exchange, broken = None, self._connection
            try:
                await asyncio.wait_for(broken.close(), 1)
            except (Exception, asyncio.CancelledError):  # noqa: BLE001 - it is broken, and a new one is opened
                return


class Door:
    """The same command through `POST /api/v1/messages`."""

    def __init__(self, url: str, api_key: str) -> None:
        self._url, self._api_key = f"{url}/api/v1/messages", api_key

    async def publish(self, key: str, routing_key: str, body: bytes) -> None:
        """Raise unless the answer is 202 (or 200 for a repeat)."""
        await asyncio.to_thread(self._post, key, body, routing_key)

    def _post(self, key: str, body: bytes, _: str) -> None:
        data = orjson.dumps(orjson.loads(body)["data"])
        headers = {
            "Authorization": f"Bearer {self._api_key}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        request = urllib.request.Request(self._url, data=data, headers=headers, method="POST")  # noqa: S310 - our own loopback URL
        with urllib.request.urlopen(request, timeout=PUBLISH_TIMEOUT):  # noqa: S310 - likewise
            return


Publish = Callable[[str, str, bytes], Awaitable[None]]


class Commander:
    """`orders`: `url rate seed journal run numbers customers`; `api_url api_key` to go by REST, `most` to end so."""

    def __init__(self, orders: dict[str, Any], publish: Publish) -> None:
        self._orders = orders
        self._publish = publish
        self._random = random.Random(orders["seed"])
        self._journal = Journal(Path(orders["journal"]))
        self._busy: set[tuple[str, str]] = set()
        self._freed = asyncio.Event()
        self._sequence = count()

    async def run(self) -> None:
        """Publish until SIGTERM or `most`, then until everything begun is confirmed."""
        await steadily(self._orders["rate"], self._command, self._orders.get("most"))
        self._journal.close()

    async def _command(self, index: int) -> None:
        number, recipient = await self._free_line()
        lane = "priority" if self._by_rest or self._random.random() < PRIORITY_SHARE else "bulk"
        key, resend = f"{self._orders['run']}-{index}", index % 2 == 1
        extra = {"on_unknown": "resend"} if resend else {}
        text = f"{meta_bodies.PRIVATE} {key}"
        body = meta_bodies.send_command(key, number, recipient, meta_bodies.text(text), **extra)
        facts = {"key": key, "number": number, "recipient": recipient, "lane": lane, "resend": resend}
        self._busy.add((number, recipient))
        self._journal.write(**facts, sequence=next(self._sequence))
        await self._until_confirmed(key, f"send.{lane}.{number}", body)
        self._journal.write(key=key, confirmed_at=time.time())
        self._busy.discard((number, recipient))
        self._freed.set()

    async def _until_confirmed(self, key: str, routing_key: str, body: bytes) -> None:
        for pause in growing_pauses(FIRST_PAUSE, LONGEST_PAUSE):
            try:
                await self._publish(key, routing_key, body)
            except (Exception, asyncio.CancelledError):  # noqa: BLE001 - aio-pika lets bare cancellations out; all mean: again
                await asyncio.sleep(pause * (0.5 + self._random.random()))
            else:
                return

    @property
    def _by_rest(self) -> bool:
        return "api_url" in self._orders

    async def _free_line(self) -> tuple[str, str]:
        """A number and a recipient with nothing open between them; where all have, the first that is free again."""
        numbers, customers = self._orders["numbers"], self._orders["customers"]
        while len(self._busy) == len(numbers) * len(customers):
            self._freed.clear()
            await self._freed.wait()
        while (line := (self._random.choice(numbers), self._random.choice(customers))) in self._busy:
            continue
        return line


def publisher(orders: dict[str, Any]) -> Publish:
    """The way the commands take."""
    if "api_url" in orders:
        return Door(orders["api_url"], orders["api_key"]).publish
    return Bus(orders["url"]).publish


if __name__ == "__main__":
    given = orjson.loads(sys.argv[1])
    asyncio.run(Commander(given, publisher(given)).run())
