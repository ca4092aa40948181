"""Long work in short pieces: whoever paces a number by the millisecond gets the event loop in between."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

Item = TypeVar("Item")

PIECE = 10


async def in_turns(items: Iterable[Item]) -> AsyncIterator[Item]:
    """The items; after every ten the event loop goes round once."""
    for place, item in enumerate(items, 1):
        yield item
        if place % PIECE == 0:
            await asyncio.sleep(0)
