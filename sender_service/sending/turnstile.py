"""The last wait before a first byte: in the order of arrival, each exactly when the number's pace has a token."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from sender_service.sending.alarm import Later
from sender_service.sending.pacing import Pace
from shared.clock import Monotonic

Gone = TypeVar("Gone")


class Turnstile:
    """First come, first served; who gets the token goes in that very step.

    A round of a busy event loop takes 2 ms. To wake somebody who goes a round later would take that from the rate for
    good, because the ring of the last second cannot give it back.
    """

    def __init__(self, pace: Pace, clock: Monotonic, later: Later) -> None:
        self._pace = pace
        self._clock = clock
        self._later = later
        self._waiting: deque[tuple[float, Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._is_armed = False

    async def turn(self, since: float, go: Callable[[], Gone]) -> Gone:
        """Wait for a token, take it and go; what `go` answers. Tokens count for the caller from `since` on."""
        if not self._waiting and not self._pace.take(self._clock(), since=since):
            return go()
        place: asyncio.Future[Gone] = asyncio.get_running_loop().create_future()
        self._waiting.append((since, go, place))
        self._arm()
        return await place

    def look(self) -> None:
        """Let those go whose tokens are there: for whoever has just done a piece of work, a timer may be late."""
        waiting = self._waiting
        while waiting:
            since, go, place = waiting[0]
            if not place.done() and self._pace.take(self._clock(), since=since):
                return
            waiting.popleft()
            if not place.done():
                _pass(go, place)

    def _arm(self) -> None:
        if self._waiting and not self._is_armed:
            self._is_armed = True
            self._later(self._pace.wait(self._clock()), self._fire)

    def _fire(self) -> None:
        self._is_armed = False
        self.look()
        self._arm()


def _pass(go: Callable[[], Any], place: asyncio.Future[Any]) -> None:
    try:
        place.set_result(go())
    except Exception as error:  # noqa: BLE001 - it is for the one who waits, not for whoever looked
        place.set_exception(error)
