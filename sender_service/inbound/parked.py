"""Statuses that came before their message: looked at again until they find it or their retention ends."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from sender_service.inbound import record_statuses
from sender_service.inbound.parse_status import status
from sender_service.inbound.record_statuses import Owned
from sender_service.store import outbox, statuses
from sender_service.store.database import Connection, Pool, retrying
from sender_service.store.statuses import Parked
from shared import metrics
from shared.contracts.events import DomainEvent
from shared.logging import get_logger
from shared.messaging.errors import NeighbourAway

EVERY_SECONDS = 5.0
AT_ONCE = 500

_log = get_logger(__name__)


async def keep_matching(
    pool: Pool,
    relay: Callable[[int, Sequence[DomainEvent]], None],
    installation: str,
    *,
    stopping: asyncio.Event,
    wake: Callable[[Iterable[str]], None] = lambda _numbers: None,
) -> None:
    """Look every five seconds until stopped; safe on several workers at once."""
    while not stopping.is_set():
        try:
            matched = await match_again(pool, relay, installation, wake)
        except NeighbourAway as error:
            _log.warning("statuses.not_matched", error=str(error))
            matched = 0
        if matched < AT_ONCE:
            await _pause(stopping)


async def match_again(
    pool: Pool,
    relay: Callable[[int, Sequence[DomainEvent]], None],
    installation: str,
    wake: Callable[[Iterable[str]], None] = lambda _numbers: None,
) -> int:
    """One look at the statuses whose turn has come; how many found their message."""

    async def work(conn: Connection) -> tuple[int, int | None, record_statuses.Recorded | None]:
        metrics.STATUSES_PARKED.set(await statuses.count_parked(conn))
        parked = await statuses.take_parked(conn, AT_ONCE)
        if not parked:
            return 0, None, None
        owned = [_owned(item) for item in parked]
        recorded = await record_statuses.record(conn, owned, installation)
        homeless = {id(item.status) for item in recorded.homeless}
        found = [
            (item.organization_id, item.id)
            for item, own in zip(parked, owned, strict=True)
            if id(own.status) not in homeless
        ]
        if found:
            await statuses.unpark(conn, found)
        return len(found), await outbox.append(conn, [event for _, event in recorded.told]), recorded

    found, outbox_id, recorded = await retrying(pool, work)
    if recorded is not None:
        if outbox_id is not None:
            relay(outbox_id, [event for _, event in recorded.told])
        if recorded.woken:
            wake(recorded.woken)
        _log.info("statuses.matched_again", found=found, homeless=len(recorded.homeless))
    return found


def _owned(parked: Parked) -> Owned:
    return Owned(parked.organization_id, status(parked.raw, 0, parked.phone_number_id))


async def _pause(stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
    except TimeoutError:
        return
