"""Another backend on the bus: it publishes commands and listens to every domain event."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.messaging.topology import COMMANDS, EVENTS

SECONDS = 15


@dataclass(slots=True)
class Bus:
    """`events` grows while the connection is open."""

    channel: AbstractChannel
    events: list[dict[str, Any]] = field(default_factory=list)

    async def publish_command(self, routing_key: str, command: dict[str, Any]) -> None:
        """Confirmed by the broker, and refused if no queue takes it."""
        exchange = await self.channel.get_exchange(COMMANDS, ensure=False)
        message = aio_pika.Message(
            orjson.dumps(command),
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=command["id"],
        )
        await exchange.publish(message, routing_key, mandatory=True, timeout=SECONDS)

    def about(self, name: str, identity: int) -> Sequence[dict[str, Any]]:
        """The events of that name whose subject or data hold that id."""
        kind = f"colomba.{name}.v1"
        return [event for event in self.events if event.get("type") == kind and _mentions(event, str(identity))]

    async def _heard(self, message: AbstractIncomingMessage) -> None:
        body = orjson.loads(message.body)
        self.events.extend(body if isinstance(body, list) else [body])


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Bus]:
    """A temporary queue bound to every event; it goes with the connection."""
    connection = await aio_pika.connect(url, timeout=SECONDS)
    async with connection:
        channel = await connection.channel(on_return_raises=True)
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(EVENTS, "#")
        bus = Bus(channel)
        await queue.consume(bus._heard, no_ack=True)  # noqa: SLF001 - its own
        yield bus


def _mentions(event: dict[str, Any], identity: str) -> bool:
    data = event.get("data")
    values = [str(value) for value in data.values()] if isinstance(data, dict) else []
    return identity in str(event.get("subject", "")).split(".") or identity in values
