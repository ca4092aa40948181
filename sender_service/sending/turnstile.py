"""The last wait before a first byte: one by one, each exactly when the number's pace has a token."""

import asyncio
from collections import deque

from sender_service.sending.pacing import Pace
from shared.clock import Monotonic


class Turnstile:
    """First come, first served. The token is taken in the very step in which the caller goes on to write."""

    def __init__(self, pace: Pace, clock: Monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self) -> None:
        """Wait for a token and take it."""
        if not self._waiting and not self._pace.take(self._clock()):
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            while True:
                self._arm()
                await place
                if not self._pace.take(self._clock()):
                    return
                place = asyncio.get_running_loop().create_future()
                self._waiting.appendleft(place)
        finally:
            self._arm()

    def _arm(self) -> None:
        """Have the first one woken when its token is there: a timer may be early or late, so it looks again itself."""
        if self._waiting and self._timer is None:
            wait = self._pace.wait(self._clock())
            self._timer = asyncio.get_running_loop().call_later(wait, self._fire)

    def _fire(self) -> None:
        self._timer = None
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
