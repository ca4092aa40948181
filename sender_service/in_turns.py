"""Long work in short pieces: whoever paces a number by the millisecond gets the event loop in between."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

from shared.clock import Monotonic, monotonic

Item = TypeVar("Item")

TURN_SECONDS = 0.001


async def in_turns(items: Iterable[Item], clock: Monotonic = monotonic) -> AsyncIterator[Item]:
    """The items; the event loop goes round once whenever they have kept it for a millisecond."""
    since = clock()
    for item in items:
        yield item
        if clock() - since >= TURN_SECONDS:
            await asyncio.sleep(0)
            since = clock()
