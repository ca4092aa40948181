"""CPU and memory of a measured stretch by group of processes: services, broker, database, load."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.stand import usage

SAMPLE_EVERY = 1.0
# Postgres's processes share most of their memory; it is read once, at the end.
SHARING = "database"


@dataclass(slots=True)
class Reading:
    """Filled while the stretch lasts: CPU seconds by group, peak bytes by group."""

    cpu: dict[str, float] = field(default_factory=dict)
    peak: dict[str, int] = field(default_factory=dict)

    def memory_mib(self) -> dict[str, float]:
        """Peaks in MiB."""
        return {group: round(size / usage.MEBIBYTE, 1) for group, size in self.peak.items()}


@contextlib.asynccontextmanager
async def metered(groups: Mapping[str, Sequence[int]]) -> AsyncIterator[Reading]:
    """Read the groups before and after, and their memory on the way."""
    reading = Reading()
    before = {group: usage.cpu(pids) for group, pids in groups.items()}
    alone = {group: pids for group, pids in groups.items() if group != SHARING}
    sampler = asyncio.create_task(_sample(alone, reading))
    try:
        yield reading
    finally:
        sampler.cancel()
        await asyncio.gather(sampler, return_exceptions=True)
        reading.cpu = {group: usage.cpu(pids) - before[group] for group, pids in groups.items()}
        if SHARING in groups:
            reading.peak[SHARING] = usage.memory(groups[SHARING])


async def _sample(groups: Mapping[str, Sequence[int]], reading: Reading) -> None:
    while True:
        for group, pids in groups.items():
            reading.peak[group] = max(reading.peak.get(group, 0), usage.residents(pids))
        await asyncio.sleep(SAMPLE_EVERY)
