"""Starts one piece of work after the other at a steady rate, however long each takes, until SIGTERM or so many."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

# What is open has to be answered in the end: without a bound an outage leaves more than a busy machine catches up with.
MOST_OPEN = 1000


async def steadily(rate: float, work: Callable[[int], Awaitable[None]], most: int | None = None) -> None:
    """Call `work(0)`, `work(1)` … `rate` times a second, none while 1,000 are open.

    At SIGTERM, or after `most`, wait for what was begun.
    """
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    started, beats = loop.time(), 0
    open_now: set[asyncio.Task[None]] = set()
    async with asyncio.TaskGroup() as group:
        index = 0
        while not stopping.is_set() and (most is None or index < most):
            if len(open_now) < MOST_OPEN:
                task = group.create_task(_done(work, index))
                open_now.add(task)
                task.add_done_callback(open_now.discard)
                index += 1
            beats += 1
            await asyncio.sleep(max(0.0, started + beats / rate - loop.time()))


async def _done(work: Callable[[int], Awaitable[None]], index: int) -> None:
    await work(index)
