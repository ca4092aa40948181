"""A message that could not be handled, with why, on its way to the dead-letter queue and back out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.messaging.delivery import Delivery
from shared.messaging.publisher import Outgoing
from shared.messaging.topology import DEAD

_PREFIX: Final = "dead_"
_MAX_TEXT: Final = 1_000
_BY_BROKER: Final = "broker"
# Characters of the message's own headers: they and ours must fit into one frame of 128 KiB, or the letter never leaves.
_MAX_HEADERS: Final = 16_384


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What was refused: `source` is the queue it was taken from, `attempt` counts its deliveries from 1."""

    source: str
    reason: str
    error: str
    attempt: int
    message_id: str | None
    exchange: str
    routing_key: str
    content_type: str | None
    headers: Mapping[str, Any]
    body: bytes

    def outgoing(self) -> Outgoing:
        """Give the message that travels to the dead-letter queue of its source."""
        facts = {
            "reason": self.reason[:_MAX_TEXT],
            "error": self.error[:_MAX_TEXT],
            "attempt": self.attempt,
            "exchange": self.exchange,
            "routing_key": self.routing_key,
            "message_id": self.message_id or "",
        }
        headers = _fitting({name: value for name, value in self.headers.items() if not name.startswith("x-")})
        headers |= {_PREFIX + name: value for name, value in facts.items()}
        return Outgoing(DEAD, self.source, self.body, self.content_type or "application/octet-stream", headers)


def of(delivery: Delivery, reason: str, error: str) -> DeadLetter:
    """Make the dead letter of a delivery."""
    return DeadLetter(
        source=delivery.queue,
        reason=reason,
        error=error,
        attempt=delivery.delivery_count + 1,
        message_id=delivery.message_id,
        exchange=delivery.exchange,
        routing_key=delivery.routing_key,
        content_type=delivery.content_type,
        headers=delivery.headers,
        body=delivery.body,
    )


def from_delivery(delivery: Delivery) -> DeadLetter:
    """Read a dead letter from its queue, also one that the broker itself put there."""
    headers = delivery.headers
    facts = {name.removeprefix(_PREFIX): value for name, value in headers.items() if name.startswith(_PREFIX)}
    by_broker = "reason" not in facts
    return DeadLetter(
        source=delivery.routing_key,
        reason=str(headers.get("x-first-death-reason", "unknown") if by_broker else facts["reason"]),
        error=_BY_BROKER if by_broker else str(facts.get("error", "")),
        attempt=_number(facts.get("attempt"), 1),
        message_id=(delivery.message_id if by_broker else str(facts.get("message_id", ""))) or None,
        exchange=str(headers.get("x-first-death-exchange", "") if by_broker else facts.get("exchange", "")),
        routing_key=delivery.routing_key if by_broker else str(facts.get("routing_key", "")),
        content_type=delivery.content_type,
        headers={name: value for name, value in headers.items() if not name.startswith((_PREFIX, "x-"))},
        body=delivery.body,
    )


def _fitting(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Of the message's own headers those that fit, in their order."""
    kept: dict[str, Any] = {}
    room = _MAX_HEADERS
    for name, value in headers.items():
        size = len(name) + len(repr(value))
        if size <= room:
            kept[name] = value
            room -= size
    return kept


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise
