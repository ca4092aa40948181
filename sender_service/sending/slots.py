"""How many calls may be open at once: in the whole process, and of one number."""

from collections import Counter
from collections.abc import Hashable


class Slots:
    """Counts; taking never waits. No number takes more than half, so that a slow one starves nobody."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._share = max(1, most // 2)
        self._taken: Counter[Hashable] = Counter()

    def take(self, who: Hashable) -> bool:
        """Whether there was one."""
        if not self._free or self._taken[who] >= self._share:
            return False
        self._free -= 1
        self._taken[who] += 1
        return True

    def give_back(self, who: Hashable) -> None:
        """Every one that was taken, once."""
        self._free += 1
        self._taken[who] -= 1
        if not self._taken[who]:
            del self._taken[who]

    @property
    def taken(self) -> int:
        """Calls open now."""
        return sum(self._taken.values())
