"""Moves dead letters and unrouted messages from their queues into the table, where they can be seen and replayed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sender_service.store import dead_letters
from sender_service.store.database import Pool, acquired, transaction
from sender_service.store.dead_letters import Letter
from shared import metrics
from shared.messaging import dead_letter
from shared.messaging.consumer import Refused
from shared.messaging.dead_letter import DeadLetter
from shared.messaging.delivery import Delivery
from shared.messaging.topology import UNROUTED

_VARIABLE = re.compile(r"[0-9]+|0x[0-9a-f]+|'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class DrainHandler:
    """The handler of every dead-letter queue and of the queue of unrouted messages."""

    pool: Pool

    async def __call__(self, deliveries: Sequence[Delivery]) -> Sequence[Refused]:
        letters = [letter(delivery) for delivery in deliveries]
        async with transaction(self.pool) as conn:
            await dead_letters.store(conn, letters)
        for kept in letters:
            metrics.DEAD_LETTERS.labels(kept.reason).inc()
        return []


async def measure_open(pool: Pool) -> int:
    """Tell Prometheus how many letters are open, by source; nothing is done, so nothing is counted."""
    async with acquired(pool) as conn:
        found = await dead_letters.open_by_source(conn)
    metrics.DEAD_LETTERS_OPEN.clear()
    for source, letters in found.items():
        metrics.DEAD_LETTERS_OPEN.labels(source).set(letters)
    return 0


def letter(delivery: Delivery) -> Letter:
    """The row of a dead message; text that Postgres cannot hold is replaced, the body stays as it is."""
    dead = _unrouted(delivery) if delivery.queue == UNROUTED else dead_letter.from_delivery(delivery)
    return Letter(
        message_id=_dedupe_key(dead),
        source=_text(dead.source),
        exchange=_text(dead.exchange),
        routing_key=_text(dead.routing_key),
        reason=_text(dead.reason),
        error=_text(dead.error),
        fingerprint=fingerprint(dead.source, dead.reason, dead.error),
        attempts=dead.attempt,
        headers=_headers(dead.headers),
        body=dead.body,
    )


def _dedupe_key(dead: DeadLetter) -> str:
    """The same letter drained twice is one; programs give one message id to different bodies, and those are two."""
    return f"{_text(dead.message_id)}:{sha256(dead.body).hexdigest()[:32]}" if dead.message_id else ""


def fingerprint(source: str, reason: str, error: str) -> str:
    """The same for errors that differ only in numbers and quoted values, so that a thousand of them are one group."""
    return sha256("\n".join((source, reason, _VARIABLE.sub("?", error))).encode()).hexdigest()[:16]


def _unrouted(delivery: Delivery) -> DeadLetter:
    """A message for which no queue is bound: nobody refused it, so it carries no reason of its own."""
    return dead_letter.of(delivery, "unrouted", "no queue is bound for this routing key")


def _headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        _text(name): value if isinstance(value, int | float) else _text(str(value)) for name, value in headers.items()
    }


def _text(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()
