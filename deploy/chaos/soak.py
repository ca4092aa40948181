"""A long quiet run: does anything a service holds (memory, descriptors, tasks) grow with time?

Judged by medians: the first quarter of the samples after a warm-up against the last quarter. How many connections are
open to a service is its clients' choice, after a stall more than before: each is a descriptor and a task that is told
but not judged.
"""

import asyncio
import re
import statistics
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.chaos.arena import Arena
from deploy.chaos.strikes import Strike
from deploy.stand import usage
from deploy.stand.usage import MEBIBYTE

MINUTES, RATE = 60.0, 120.0
SAMPLES = 240
# The first part fills pools and caches and is not judged.
WARM_UP_SHARE = 0.2
_TASKS = re.compile(rb"^colomba_tasks (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """What one service held at one moment: descriptors and tasks beside one of each for every client's connection."""

    memory_mib: float
    descriptors: float
    tasks: float
    clients: float = 0.0


# By how much each may differ and still count as flat: an absolute part and a share of what it was.
TOLERANCE: Mapping[str, tuple[float, float]] = {
    "memory_mib": (8.0, 0.10),
    "descriptors": (10.0, 0.10),
    "tasks": (20.0, 0.25),
}
MEASURES = (*TOLERANCE, "clients")


async def hold(arena: Arena) -> Strike:
    """Let the load run for `arena.minutes` and look at every service again and again."""
    struck, seconds = time.time(), arena.minutes * 60
    services = [name for name in arena.stand.processes if name not in {*arena.load, "simulator"}]
    seen: dict[str, list[Sample]] = {name: [] for name in services}
    for number in range(1, SAMPLES + 1):
        await asyncio.sleep(max(0.0, struck + seconds * number / SAMPLES - time.time()))
        for name in services:
            seen[name].append(await asyncio.to_thread(_sample, arena, name))
    arena.levels = {name: levels(samples) for name, samples in seen.items()}
    arena.findings += grown(arena.levels)
    arena.say(f"soak: {arena.levels}")
    return Strike(struck, time.time())


def levels(samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    """For each measure the median of the first and of the last quarter of what is judged."""
    judged = samples[int(len(samples) * WARM_UP_SHARE) :]
    quarter = max(1, len(judged) // 4)
    return {measure: (_median(judged[:quarter], measure), _median(judged[-quarter:], measure)) for measure in MEASURES}


def grown(services: Mapping[str, Mapping[str, tuple[float, float]]]) -> list[str]:
    """A finding for each measure that is not flat."""
    return [
        f"{name}: {measure} grew from {first:g} to {last:g}"
        for name, measures in services.items()
        for measure, (least, share) in TOLERANCE.items()
        for first, last in (measures[measure],)
        if last > first + max(least, first * share)
    ]


def _median(samples: Sequence[Sample], measure: str) -> float:
    return round(statistics.median(float(getattr(sample, measure)) for sample in samples), 1)


def _sample(arena: Arena, name: str) -> Sample:
    pid, port = arena.stand.processes[name].pid, arena.stand.ports[name]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as response:
        tasks = _TASKS.search(response.read())
    if tasks is None:
        raise RuntimeError(f"{name} does not tell how many tasks it has")
    clients = usage.clients(port)
    held = usage.descriptors(pid)
    return Sample(usage.resident(pid) / MEBIBYTE, held - clients, float(tasks[1]) - clients, clients)
