"""Long work in short pieces: whoever paces a number by the millisecond gets the event loop in between."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from shared.clock import Monotonic, monotonic

Item = TypeVar("Item")

TURN_SECONDS = 0.001
LOOK_SECONDS = 0.0002
_hurried: set[Callable[[], None]] = set()


@contextmanager
def asked_between(look: Callable[[], None]) -> Iterator[None]:
    """Within the block `look` is called between two pieces of any such work: the event loop would come too late."""
    _hurried.add(look)
    try:
        yield
    finally:
        _hurried.discard(look)


async def in_turns(items: Iterable[Item], clock: Monotonic = monotonic) -> AsyncIterator[Item]:
    """The items; the event loop goes round once whenever they have kept it for a millisecond."""
    since = looked = clock()
    for item in items:
        yield item
        now = clock()
        if now - since >= TURN_SECONDS:
            await asyncio.sleep(0)
            since = looked = clock()
        elif now - looked >= LOOK_SECONDS:
            looked = now
            for look in _hurried:
                look()
