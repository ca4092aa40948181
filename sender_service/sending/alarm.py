"""Waits finer than the millisecond in which the event loop counts: at Meta's top tier a token comes every one.

Linux wakes the event loop at the moment itself (timerfd_create(2), which Python's library has from 3.13 on); elsewhere
the loop's own timers do, up to a millisecond late.
"""

import asyncio
import ctypes
import heapq
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import TypeAlias

from shared.clock import Monotonic, monotonic

Later: TypeAlias = Callable[[float, Callable[[], object]], object]

# uvloop takes a shorter wait for none, and asks again and again until the time has come (measured: 7,000 rounds of the
# event loop a second).
LEAST_WAIT = 0.001
_LIBC = ctypes.CDLL(None, use_errno=True)
_NANO = 1_000_000_000


class Alarm:
    """Calls back in the order of time. `wake` is asked to have `ring` called after so many seconds."""

    def __init__(self, wake: Callable[[float], object], clock: Monotonic = monotonic) -> None:
        self._wake = wake
        self._clock = clock
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []
        self._order = count()
        self._ringing = False

    def later(self, seconds: float, callback: Callable[[], object]) -> None:
        """Call back once, so many seconds from now."""
        entry = (self._clock() + seconds, next(self._order), callback)
        heapq.heappush(self._waiting, entry)
        if entry is self._waiting[0] and not self._ringing:
            self._wake(seconds)

    def look(self) -> None:
        """Call whose time has come: for whoever has just done a piece of work, for which the event loop waited."""
        if self._waiting and self._waiting[0][0] <= self._clock():
            self.ring()

    def ring(self) -> None:
        """Call whose time has come, and have the next ones called in time."""
        self._ringing = True
        try:
            while self._waiting and self._waiting[0][0] <= self._clock():
                heapq.heappop(self._waiting)[2]()
        finally:
            self._ringing = False
            if self._waiting:
                self._wake(max(0.0, self._waiting[0][0] - self._clock()))


@contextmanager
def open_alarm() -> Iterator[Alarm]:
    """An alarm of the running event loop."""
    with _timerfd() if hasattr(_LIBC, "timerfd_create") else _timers_of_the_loop() as alarm:
        yield alarm


@contextmanager
def _timers_of_the_loop() -> Iterator[Alarm]:
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle | None = None

    def stop() -> None:
        if timer is not None:
            timer.cancel()

    def wake(seconds: float) -> None:
        nonlocal timer
        stop()
        timer = loop.call_later(max(LEAST_WAIT, seconds), alarm.ring)

    alarm = Alarm(wake)
    try:
        yield alarm
    finally:
        stop()


@contextmanager
def _timerfd() -> Iterator[Alarm]:
    loop = asyncio.get_running_loop()
    timer = _LIBC.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    if timer < 0:
        raise OSError(ctypes.get_errno(), "timerfd_create")

    def wake(seconds: float) -> None:
        """All zeros would stop it."""
        value = divmod(max(1, int(seconds * _NANO)), _NANO)
        _LIBC.timerfd_settime(timer, 0, struct.pack("@llll", 0, 0, *value), None)

    def fired() -> None:
        with suppress(BlockingIOError):
            os.read(timer, 8)
        alarm.ring()

    alarm = Alarm(wake)
    loop.add_reader(timer, fired)
    try:
        yield alarm
    finally:
        loop.remove_reader(timer)
        os.close(timer)
