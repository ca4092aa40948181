"""The exchanges and queues both services agree on, as data, and the deploy step that declares them.

Never the first publish declares: a broker killed within half a second after a new quorum queue's first confirms lost
them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiormq.abc import AbstractChannel
from pamqp.common import FieldTable

from shared.messaging.connection import Connection, connect

WEBHOOKS: Final = "whatsapp.webhooks"
COMMANDS: Final = "whatsapp.commands"
EVENTS: Final = "whatsapp.events"
DEAD: Final = "whatsapp.dead"
UNROUTED: Final = "whatsapp.unrouted"

SENDER_WEBHOOKS: Final = "sender.webhooks"
SEND_PRIORITY: Final = "sender.send.priority"
SEND_BULK: Final = "sender.send.bulk"

# Ours, not the broker's: 4.x would drop a message after 20 deliveries, and every closed channel counts as one.
DELIVERY_LIMIT: Final = 1_000_000


def dead(queue: str) -> str:
    """Name the queue that holds the dead letters of another."""
    return f"{queue}.dead"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: str = "topic"
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue and its bindings, as pairs of exchange and routing key."""

    name: str
    bindings: tuple[tuple[str, str], ...]
    single_active_consumer: bool = False

    def arguments(self) -> FieldTable:
        """Give what can only be set when the queue is made; all else is a policy."""
        arguments: FieldTable = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}
        if self.single_active_consumer:
            arguments["x-single-active-consumer"] = True
        if not self.name.endswith(".dead"):
            arguments |= {"x-dead-letter-exchange": DEAD, "x-dead-letter-routing-key": self.name}
        return arguments


_UNROUTED_ELSEWHERE: Final = {"alternate-exchange": UNROUTED}

EXCHANGES: Final = (
    Exchange(UNROUTED, type="fanout"),
    Exchange(WEBHOOKS, arguments=_UNROUTED_ELSEWHERE),
    Exchange(COMMANDS, arguments=_UNROUTED_ELSEWHERE),
    Exchange(EVENTS),
    Exchange(DEAD),
)

WORK_QUEUES: Final = (
    Queue(SENDER_WEBHOOKS, ((WEBHOOKS, "#"),)),
    Queue(SEND_PRIORITY, ((COMMANDS, "send.priority.#"),), single_active_consumer=True),
    Queue(SEND_BULK, ((COMMANDS, "send.bulk.#"),), single_active_consumer=True),
    Queue(UNROUTED, ((UNROUTED, ""),)),
)

QUEUES: Final = WORK_QUEUES + tuple(Queue(dead(queue.name), ((DEAD, queue.name),)) for queue in WORK_QUEUES)


async def declare(broker: str | Connection) -> None:
    """Declare everything; safe to repeat. Raises `BrokerAway`, or what the broker says when a name is taken
    differently.
    """
    if not isinstance(broker, str):
        await _declare_on(broker)
        return
    connection = await connect(broker, "colomba topology")
    try:
        await _declare_on(connection)
    finally:
        await connection.close()


async def _declare_on(connection: Connection) -> None:
    """Declare exchanges before the queues bound to them, on one channel."""
    channel = await connection.channel()
    for exchange in EXCHANGES:
        await _declare_exchange(channel, exchange)
    for queue in QUEUES:
        await channel.queue_declare(queue.name, durable=True, arguments=queue.arguments())
        for source, routing_key in queue.bindings:
            await channel.queue_bind(queue.name, source, routing_key)
    await _leaders(channel)
    await channel.close()


async def _declare_exchange(channel: AbstractChannel, exchange: Exchange) -> None:
    arguments: FieldTable = dict(exchange.arguments)
    await channel.exchange_declare(exchange.name, exchange_type=exchange.type, durable=True, arguments=arguments)


async def _leaders(channel: AbstractChannel) -> None:
    """Wait until every queue answers, so that the first publish meets queues that have a leader."""
    await asyncio.gather(*(channel.queue_declare(queue.name, passive=True) for queue in QUEUES))
