"""Remembers which lists have more than 10,000 rows, so that they are not counted again for every page.

Only that is remembered, never a count: what had so many ten minutes ago is told as "10,000, not exact" all the same.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from time import monotonic

SECONDS = 600.0
MOST = 10_000


@dataclass(slots=True)
class Totals:
    """One per process; bounded."""

    over: dict[Hashable, float] = field(default_factory=dict)

    def is_over(self, key: Hashable) -> bool:
        """Whether this list had more than can be told exactly, ten minutes ago at most."""
        return self.over.get(key, 0.0) > monotonic()

    def note(self, key: Hashable, count: int) -> int:
        """Remember a count that went beyond; gives it back. What memory itself told is not remembered anew."""
        if count > MOST and not self.is_over(key):
            if len(self.over) >= MOST:
                self.over.clear()
            self.over[key] = monotonic() + SECONDS
        return count

    async def counted(self, key: Hashable, count: Callable[[], Awaitable[int]]) -> int:
        """What `count` says; not asked where this list had more than can be told exactly."""
        return MOST + 1 if self.is_over(key) else self.note(key, await count())
