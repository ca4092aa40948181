"""How often somebody may do something: token buckets in this process, bounded in number."""

import math
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from sender_service.api.problems import Problem


@dataclass(slots=True)
class Buckets:
    """A bucket for each of the latest `most` somebodies: `rate` a second, and `burst` at once."""

    rate: float
    burst: float
    most: int = 100_000
    _left: "OrderedDict[Hashable, tuple[float, float]]" = field(default_factory=OrderedDict)

    def refuse(self, who: Hashable, detail: str = "") -> None:
        """Raise 429 with Retry-After when the bucket is empty."""
        left, _ = self._now(who)
        if left < 1:
            wait = math.ceil((1 - left) / self.rate)
            raise Problem("RATE_LIMITED", detail, headers={"Retry-After": str(max(1, wait))})

    def spend(self, who: Hashable) -> None:
        """Take one out; whoever was not heard of for longest is forgotten when there are too many."""
        left, now = self._now(who)
        self._left[who] = (max(0.0, left - 1), now)
        self._left.move_to_end(who)
        if len(self._left) > self.most:
            self._left.popitem(last=False)

    def take(self, who: Hashable, detail: str = "") -> None:
        self.refuse(who, detail)
        self.spend(who)

    def _now(self, who: Hashable) -> tuple[float, float]:
        now = time.monotonic()
        left, since = self._left.get(who, (self.burst, now))
        return min(self.burst, left + (now - since) * self.rate), now
