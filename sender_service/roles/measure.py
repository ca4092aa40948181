"""Tells Prometheus what waits, from the tables: a process that counts for itself forgets when it dies."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Gauge

from sender_service.store import backlog
from sender_service.store.database import Pool, acquired
from shared import metrics

_STATES: Final = ("queued", "scheduled", "retry_wait", "sending")
_CAUSES: Final = ("number", "credential", "account", "held")


async def measure_backlog(pool: Pool) -> int:
    """Set every gauge of what waits; nothing is done, so nothing is counted."""
    async with acquired(pool) as conn:
        _set(metrics.QUEUED, _STATES, await backlog.queued(conn))
        metrics.UNKNOWN.set(await backlog.unknown(conn))
        metrics.OUTBOX_OLDEST_SECONDS.set(await backlog.oldest_event(conn))
        _set(metrics.NUMBERS_PAUSED, _CAUSES, await backlog.paused(conn))
    return 0


def _set(gauge: Gauge, labels: tuple[str, ...], figures: Mapping[str, int]) -> None:
    """Also to zero what is over."""
    for label in labels:
        gauge.labels(label).set(figures.get(label, 0))
