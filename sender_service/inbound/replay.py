"""Raw webhooks sent down the same road again: for a number registered late, after a repair, or in doubt.

Nothing is recorded twice, because every item is its own dedupe key. The nonce tells one replay from another on the bus.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from sender_service.store import webhooks
from sender_service.store.database import Pool, acquired
from sender_service.store.webhooks import Kept, Selection
from shared.contracts.webhook import CONTENT_TYPE, RawWebhook, routing_key
from shared.logging import get_logger
from shared.messaging.publisher import Outgoing, Publisher
from shared.messaging.topology import WEBHOOKS

NONCE_HEADER: Final = "replay"
_AT_ONCE: Final = 50

_log = get_logger(__name__)


class Replayed(NamedTuple):
    """How many were confirmed by the broker and how many were not; the latter can be replayed again."""

    nonce: str
    published: int
    failed: int


async def replay(pool: Pool, publisher: Publisher, selection: Selection, *, per_second: float = 200.0) -> Replayed:
    """Publish every webhook of the selection, at most so many per second."""
    nonce, published, failed = uuid4().hex, 0, 0
    after = (selection.since - timedelta(microseconds=1), UUID(int=2**128 - 1))
    clock = asyncio.get_running_loop()
    free_at = clock.time()
    while kept := await _next(pool, selection, after):
        await asyncio.sleep(max(0.0, free_at - clock.time()))
        free_at = max(free_at, clock.time()) + len(kept) / per_second
        outcomes = await publisher.publish_all(list(_outgoing(kept, nonce)))
        failed += sum(outcome is not None for outcome in outcomes)
        published += sum(outcome is None for outcome in outcomes)
        after = (kept[-1].received_at, kept[-1].id)
    _log.info("webhooks.replayed", nonce=nonce, published=published, failed=failed)
    return Replayed(nonce, published, failed)


async def _next(pool: Pool, selection: Selection, after: tuple[datetime, UUID]) -> list[Kept]:
    async with acquired(pool) as conn:
        return await webhooks.to_replay(conn, selection, after, _AT_ONCE)


def _outgoing(kept: Sequence[Kept], nonce: str) -> Iterator[Outgoing]:
    """Each as it came, under its id in the log, so that its row shows the latest outcome."""
    for one in kept:
        webhook = RawWebhook(one.received_at, one.app, one.sha256.hex(), None, one.body, str(one.id))
        headers = webhook.headers() | {NONCE_HEADER: nonce}
        yield Outgoing(WEBHOOKS, routing_key(one.app), one.body, CONTENT_TYPE, headers, str(one.id))
