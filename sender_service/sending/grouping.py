"""Writing things in groups: at once while little happens, after a short linger when much does.

Writing whenever the writer is free does not group on a fast disk (mean group 1.2); lingering 5 ms does.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.clock import Monotonic, monotonic
from shared.messaging.errors import NeighbourAway

Item = TypeVar("Item")

LINGER_SECONDS = 0.005
BUSY_PER_SECOND = 100
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0


class Grouper(Generic[Item]):
    """Collects items and hands them to `write` in groups of at most `most`, up to `writers` groups at a time.

    While the neighbour is away a group is tried again, with a growing pause: `write` must bear repetition.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[None]],
        *,
        most: int = 100,
        linger: float = LINGER_SECONDS,
        writers: int = 2,
        clock: Monotonic = monotonic,
    ) -> None:
        self._write = write
        self._most = most
        self._linger = linger
        self._writers = writers
        self._clock = clock
        self._items: deque[Item] = deque()
        self._recent: deque[float] = deque(maxlen=BUSY_PER_SECOND)
        self._filled = asyncio.Event()
        # One collects while others write: two that linger side by side would halve each other's groups.
        self._collecting = asyncio.Lock()
        self._idle = asyncio.Event()
        self._idle.set()
        self._writing = 0

    def add(self, items: Sequence[Item]) -> None:
        """Hand items in; they are written in this order, group by group."""
        now = self._clock()
        self._recent.extend([now] * min(len(items), BUSY_PER_SECOND))
        self._items.extend(items)
        self._idle.clear()
        self._filled.set()

    async def run(self) -> None:
        """Write until cancelled; an unexpected failure of `write` ends it."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._writers):
                group.create_task(self._work())

    async def drained(self) -> None:
        """Wait until everything handed in is written."""
        await self._idle.wait()

    async def _work(self) -> None:
        while True:
            async with self._collecting:
                await self._filled.wait()
                if self._is_busy() and len(self._items) < self._most:
                    await asyncio.sleep(self._linger)
                group = self._take()
            await self._write_group(group)

    def _is_busy(self) -> bool:
        recent = self._recent
        return len(recent) == BUSY_PER_SECOND and self._clock() - recent[0] < 1.0

    def _take(self) -> list[Item]:
        items = self._items
        group = [items.popleft() for _ in range(min(len(items), self._most))]
        if not items:
            self._filled.clear()
        return group

    async def _write_group(self, group: Sequence[Item]) -> None:
        self._writing += 1
        pause = FIRST_PAUSE
        while True:
            try:
                await self._write(group)
                break
            except NeighbourAway:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
        self._writing -= 1
        if not self._items and not self._writing:
            self._idle.set()
