"""Starts one piece of work after the other at a steady rate, however long each takes, until SIGTERM or so many."""

import asyncio
import signal
from collections.abc import Awaitable, Callable


async def steadily(rate: float, work: Callable[[int], Awaitable[None]], most: int | None = None) -> None:
    """Call `work(0)`, `work(1)` … `rate` times a second; at SIGTERM, or after `most`, wait for what was begun."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    begun = loop.time()
    async with asyncio.TaskGroup() as group:
        index = 0
        while not stopping.is_set() and (most is None or index < most):
            group.create_task(_done(work, index))
            index += 1
            pause = begun + index / rate - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)


async def _done(work: Callable[[int], Awaitable[None]], index: int) -> None:
    await work(index)
