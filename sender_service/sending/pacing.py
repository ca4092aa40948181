"""How fast one number sends: evenly spaced, and never more than its tier in any sliding second, from 1,000 on one more.

Times are seconds of a monotonic clock, given by the caller.
"""

from collections import deque
from math import ceil

TOP_TIER = 1000
CATCH_UP_SECONDS = 0.500
AT_ONCE_SECONDS = 0.020
FASTER = 1.5
CUT = 0.5
LEAST_SHARE = 0.05
RECOVERY_SECONDS = 10.0
RECOVERY_STEP = 0.1
OPEN_SECONDS = 0.050
# A second after the oldest send is still the same sliding second.
_STRICTLY = 1e-6


class Pace:
    """A token bucket of depth 1 in which what the process itself is late by, up to half a second, is caught up with.

    20 ms at once, the rest half as fast again as the rate. No event loop wakes exactly on time, and no database answers
    at once: the schedule is that of the moments from which the messages might have gone. Catching up alone would let a
    hiccup put a few more into one second; the ring of the last second's sends forbids it.
    """

    __slots__ = ("_earliest", "_interval", "_next", "_sent", "rate")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._interval = 1.0 / rate
        # The next token by the rate, and by the rate of those who catch up.
        self._next = self._earliest = float("-inf")
        self._sent: deque[float] = deque(maxlen=_in_a_second(rate))

    def wait(self, now: float) -> float:
        """Seconds until the next token, 0.0 when it is there."""
        due = max(self._next, self._earliest)
        if now < due:
            return due - now
        sent = self._sent
        if len(sent) == sent.maxlen and (wait := sent[0] + 1.0 - now) >= 0.0:
            return wait + _STRICTLY
        return 0.0

    def take(self, now: float, *, since: float) -> float:
        """Take the token: 0.0 when it was there, else the seconds until it may be.

        `since` is from when the message might have gone: tokens that came while it was on its way are its own.
        """
        if wait := self.wait(now):
            return wait
        self._next = max(self._next, since, now - CATCH_UP_SECONDS) + self._interval
        self._earliest = max(self._earliest, now - AT_ONCE_SECONDS / FASTER) + self._interval / FASTER
        self._sent.append(now)
        return 0.0

    def change(self, rate: float) -> None:
        """Another rate from now on; what was sent in the last second still counts."""
        if rate == self.rate:
            return
        self._next += 1.0 / rate - self._interval
        self._earliest += (1.0 / rate - self._interval) / FASTER
        self.rate, self._interval = rate, 1.0 / rate
        self._sent = deque(self._sent, maxlen=_in_a_second(rate))

    @property
    def open_intents(self) -> int:
        """How many committed intents may wait for their first byte."""
        return max(2, int(self.rate * OPEN_SECONDS))


def _in_a_second(rate: float) -> int:
    """The most first bytes in any sliding second: the tier, and from 1,000 on one more for what each is late by.

    A message that goes 1 ms after its token takes that from the rate for good, for the ring cannot give it back.
    """
    return ceil(rate) + (rate >= TOP_TIER)


class AdaptiveRate:
    """The share of the tier that is used: halved when Meta says too fast, given back in steps while it does not."""

    __slots__ = ("_changed_at", "_share", "tier")

    def __init__(self, tier: float) -> None:
        self.tier = tier
        self._share = 1.0
        self._changed_at = float("-inf")

    def cut(self, now: float) -> None:
        """Meta said too fast. Answers to what was already under way do not cut again."""
        if now - self._changed_at < 1.0:
            return
        self._share = max(LEAST_SHARE, self.rate_share(now) * CUT)
        self._changed_at = now

    def rate_share(self, now: float) -> float:
        """The share in use now, 1.0 when nothing was cut."""
        if self._share == 1.0:
            return 1.0
        steps = int((now - self._changed_at) / RECOVERY_SECONDS)
        return min(1.0, self._share + steps * RECOVERY_STEP)

    def rate(self, now: float) -> float:
        """Messages per second, at least one."""
        return max(1.0, self.tier * self.rate_share(now))
