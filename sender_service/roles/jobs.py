"""Deeds that repeat: each safe to do twice, each on its own clock, none stopping another."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

import structlog

from shared import metrics
from shared.messaging.errors import NeighbourAway, PublishFailed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A deed done every `every` seconds; it answers how many things it did: a full batch is followed at once."""

    name: str
    every: float
    deed: Callable[[], Awaitable[int]]
    full: int | None = None


async def repeat(job: Job, over: asyncio.Event) -> None:
    """Do the job until `over` is set; a neighbour that is away is waited for, anything else ends the role."""
    away = False
    while not over.is_set():
        started = monotonic()
        try:
            done = await job.deed()
        except (NeighbourAway, PublishFailed) as error:
            if not away:
                log.warning("job.waits", job=job.name, reason=str(error))
            away, done = True, 0
            metrics.SCHEDULED_RUNS.labels(job.name, "away").inc()
        else:
            away = False
            metrics.SCHEDULED_RUNS.labels(job.name, "done").inc()
            _report(job, done, monotonic() - started)
        if job.full is None or done < job.full:
            await pause(over, job.every)


def _report(job: Job, done: int, seconds: float) -> None:
    if done:
        log.info("job.done", job=job.name, done=done, seconds=round(seconds, 3))


async def pause(over: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until it is over."""
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        return
