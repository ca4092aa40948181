"""The last wait before a first byte: in the order of arrival, each exactly when the number's pace has a token."""

import asyncio
from heapq import heappop, heappush
from itertools import count

from sender_service.sending.pacing import Pace
from shared.clock import Monotonic

# uvloop counts in milliseconds: a shorter wait is none, and asks again and again until the token is there (measured:
# 7,000 rounds of the event loop a second).
_LEAST_WAIT = 0.001


class Turnstile:
    """First come, first served. The token is taken in the very step in which the caller goes on to write.

    A timer wakes as many as there are tokens: one for each would cost two rounds of the event loop a token, and a busy
    loop makes 500 rounds a second.
    """

    def __init__(self, pace: Pace, clock: Monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._tickets = count()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._woken = 0
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, since: float) -> None:
        """Wait for a token and take it; the caller was chosen at that time of the clock."""
        if not self._waiting and not self._woken and not self._pace.take(self._clock(), since=since):
            return
        ticket = next(self._tickets)
        try:
            await self._called(ticket)
            while self._is_behind(ticket) or self._pace.take(self._clock(), since=since):
                await self._called(ticket)
        finally:
            self._arm()

    def _is_behind(self, ticket: int) -> bool:
        """Somebody who came earlier was woken for a token that was not there after all."""
        return bool(self._waiting) and self._waiting[0][0] < ticket

    async def _called(self, ticket: int) -> None:
        """Wait to be woken."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (ticket, place))
        self._arm()
        try:
            await place
        finally:
            if not place.cancelled():
                self._woken -= 1

    def _arm(self) -> None:
        """Have the first ones woken when their tokens are there: a timer may be early or late, so they look again."""
        if self._waiting and self._timer is None:
            wait = max(_LEAST_WAIT, self._pace.wait(self._clock()))
            self._timer = asyncio.get_running_loop().call_later(wait, self._fire)

    def _fire(self) -> None:
        self._timer = None
        ready = self._pace.ready(self._clock())
        while self._waiting and ready:
            _, place = heappop(self._waiting)
            if not place.done():
                place.set_result(None)
                self._woken += 1
                ready -= 1
        if not self._woken:
            self._arm()
