"""How fast one number sends: evenly spaced, and never more than its tier + 1 in any sliding second.

Times are seconds of a monotonic clock, given by the caller.
"""

from collections import deque

CATCH_UP_SECONDS = 0.020
CUT = 0.5
LEAST_SHARE = 0.05
RECOVERY_SECONDS = 10.0
RECOVERY_STEP = 0.1
OPEN_SECONDS = 0.050
# A second after the oldest send is still the same sliding second.
_STRICTLY = 1e-6


class Pace:
    """A token bucket of depth 1. Who waits for a late token may catch up 20 ms: no event loop wakes exactly on time.

    Catching up alone would let a hiccup put a few more into one second; the ring of the last tier + 1 sends forbids it.
    """

    __slots__ = ("_interval", "_next", "_sent", "_wanted", "rate")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._interval = 1.0 / rate
        self._next = float("-inf")
        self._wanted = False
        self._sent: deque[float] = deque(maxlen=int(rate) + 1)

    def wait(self, now: float) -> float:
        """Seconds until the next token, 0.0 when it is there. Asking in vain counts as waiting for it."""
        if now < self._next:
            self._wanted = True
            return self._next - now
        sent = self._sent
        if len(sent) == sent.maxlen and (wait := sent[0] + 1.0 - now) >= 0.0:
            self._wanted = True
            return wait + _STRICTLY
        return 0.0

    def take(self, now: float) -> float:
        """Take the token: 0.0 when it was there, else the seconds until it may be."""
        if wait := self.wait(now):
            return wait
        self._next = self._due(now) + self._interval
        self._wanted = self._wanted and self._next <= now
        self._sent.append(now)
        return 0.0

    def ready(self, now: float) -> int:
        """How many tokens may be there by now: the ring can still refuse some."""
        if self.wait(now):
            return 0
        return 1 + int((now - self._due(now)) / self._interval)

    def _due(self, now: float) -> float:
        """When the token that is there now came, as far as it may be caught up with."""
        return max(self._next, now - CATCH_UP_SECONDS if self._wanted else now)

    def change(self, rate: float) -> None:
        """Another rate from now on; what was sent in the last second still counts."""
        if rate == self.rate:
            return
        self._next += 1.0 / rate - self._interval
        self.rate, self._interval = rate, 1.0 / rate
        self._sent = deque(self._sent, maxlen=int(rate) + 1)

    @property
    def open_intents(self) -> int:
        """How many committed intents may wait for their first byte."""
        return max(2, int(self.rate * OPEN_SECONDS))


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
