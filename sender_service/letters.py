"""Dead letters published again where they were published first, or closed for good: by the API and by operators."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import structlog

from sender_service.access import Actor, Role
from sender_service.store import audit, dead_letters
from sender_service.store.database import Connection
from sender_service.store.dead_letters import Settled
from shared.messaging.publisher import Outgoing, Publisher

NONCE: Final = "replay"
# Letters in memory at once: one can be a webhook of 4 MiB.
AT_ONCE: Final = 20
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Letters:
    """Whose letters (`ANYBODY`, `NOBODY` or an organization's), in which transactions, and who acts."""

    opened: Callable[[], AbstractAsyncContextManager[Connection]]
    whose: int | None
    actor: str

    async def replay(self, publisher: Publisher, ids: Sequence[int], *, per_second: int) -> list[int]:
        """Ids of those that the broker has again, at most so many a second."""
        replayed: list[int] = []
        for start in range(0, len(ids), per_second):
            if start:
                await asyncio.sleep(1)
            share = ids[start : start + per_second]
            for first in range(0, len(share), AT_ONCE):
                replayed += await self._publish(publisher, share[first : first + AT_ONCE])
        return replayed

    async def discard(self, ids: Sequence[int]) -> list[int]:
        """Ids of those closed now; their rows stay for the record."""
        async with self.opened() as conn:
            closed = await dead_letters.settle(conn, self.whose, ids, "discarded")
            await self._record(conn, "dead_letters.discarded", closed)
        return sorted(letter.id for letter in closed)

    async def _publish(self, publisher: Publisher, ids: Sequence[int]) -> list[int]:
        """What is confirmed is closed and audited before the next ones are read."""
        async with self.opened() as conn:
            rows = await dead_letters.whole(conn, self.whose, ids)
        outcomes = await publisher.publish_all([_outgoing(dict(row)) for row in rows])
        confirmed = [row["id"] for row, failure in zip(rows, outcomes, strict=True) if failure is None]
        async with self.opened() as conn:
            closed = await dead_letters.settle(conn, self.whose, confirmed, "replayed")
            await self._record(conn, "dead_letters.replayed", closed)
        return confirmed

    async def _record(self, conn: Connection, action: str, closed: Sequence[Settled]) -> None:
        """In the audit log of each organization; what belongs to none leaves a line in the log."""
        by_owner: dict[int | None, list[int]] = {}
        for letter in closed:
            by_owner.setdefault(letter.organization_id, []).append(letter.id)
        for owner, ids in by_owner.items():
            if owner is None:
                log.info(action, ids=sorted(ids))
            else:
                await audit.record(conn, Actor(owner, Role.OWNER, self.actor), action, "dead_letters", ids=sorted(ids))


def _outgoing(row: Mapping[str, Any]) -> Outgoing:
    """The letter as it was, with a nonce that tells the replay from the first time."""
    headers = {**row["headers"], NONCE: uuid4().hex}
    return Outgoing(row["exchange"] or "", row["routing_key"] or "", row["body"], headers=headers)
