"""How a load process is told what to do (one JSON argument) and reports what it did (one JSON line at its end)."""

import asyncio
import resource
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
import uvloop

from deploy.bench.figures import milliseconds, percentile

Orders = Mapping[str, Any]


def main(work: Callable[[Orders], Awaitable[dict[str, object]]]) -> None:
    """Run the load of a process to its end and print its report with the CPU it took itself."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        report = runner.run(_awaited(work, orjson.loads(sys.argv[1])))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(orjson.dumps(report | {"cpu": used.ru_utime + used.ru_stime}).decode())


async def _awaited(work: Callable[[Orders], Awaitable[dict[str, object]]], orders: Orders) -> dict[str, object]:
    return await work(orders)


def latencies(seconds: Sequence[float]) -> dict[str, object]:
    """Median, 99th percentile, maximum and the share above a second."""
    return {
        "p50_ms": milliseconds(percentile(seconds, 0.5)),
        "p99_ms": milliseconds(percentile(seconds, 0.99)),
        "max_ms": milliseconds(max(seconds, default=0.0)),
        "over_1s": sum(1 for each in seconds if each > 1) / max(len(seconds), 1),
    }
