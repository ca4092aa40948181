import asyncio
import time
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest
import uvloop

from sender_service.sending import alarm as module
from sender_service.sending.alarm import LEAST_WAIT, Alarm, Later, open_alarm


class Hand:
    """A clock that is set by hand, and what was asked of it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.asked: list[float] = []
        self.called: list[str] = []
        self.alarm = Alarm(self.asked.append, lambda: self.now)

    def later(self, seconds: float, name: str) -> None:
        self.alarm.later(seconds, partial(self.called.append, name))


def test_each_is_called_once_in_the_order_of_time():
    hand = Hand()
    for seconds, name in ((0.5, "third"), (0.25, "first"), (0.25, "second")):
        hand.later(seconds, name)
    assert hand.asked == [0.5, 0.25]
    hand.now += 0.25
    hand.alarm.ring()
    assert (hand.called, hand.asked[2:]) == (["first", "second"], [0.25])
    hand.now += 0.25
    hand.alarm.ring()
    hand.alarm.ring()
    assert (hand.called, hand.asked[3:]) == (["first", "second", "third"], [])


def test_whoever_looks_calls_those_whose_time_has_come_and_asks_for_nothing_otherwise():
    hand = Hand()
    hand.later(0.25, "first")
    hand.later(0.5, "second")
    hand.alarm.look()
    assert (hand.called, hand.asked) == ([], [0.25])
    hand.now += 0.375
    hand.alarm.look()
    assert (hand.called, hand.asked) == (["first"], [0.25, 0.125])


def test_whoever_is_called_may_ask_again_and_one_that_fails_keeps_nobody_from_being_called():
    hand = Hand()

    def again() -> None:
        hand.later(0.25, "again")

    hand.alarm.later(0.25, again)
    hand.alarm.later(0.25, partial(int, "none"))
    hand.later(0.5, "last")
    hand.now += 0.25
    with pytest.raises(ValueError, match="none"):
        hand.alarm.ring()
    assert hand.asked == [0.25, 0.25]
    hand.now += 0.25
    hand.alarm.ring()
    assert hand.called == ["last", "again"]


def descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


async def waited(later: Later, seconds: float) -> float:
    """How long such a wait takes."""
    rung = asyncio.Event()
    began = time.monotonic()
    later(seconds, rung.set)
    await rung.wait()
    return time.monotonic() - began


@pytest.mark.skipif(not hasattr(module._LIBC, "timerfd_create"), reason="needs Linux's timerfd")
def test_it_waits_for_less_than_the_millisecond_of_the_loops_own_timers():
    async def shortest() -> float:
        with open_alarm() as alarm:
            return min([await waited(alarm.later, LEAST_WAIT / 10) for _ in range(50)])

    assert LEAST_WAIT / 10 <= uvloop.run(shortest()) < LEAST_WAIT


def test_a_system_without_such_timers_waits_by_the_loops_own(monkeypatch):
    monkeypatch.setattr(module, "_LIBC", object())

    async def waits() -> list[float]:
        with open_alarm() as alarm:
            return await asyncio.gather(*(waited(alarm.later, seconds) for seconds in (0.02, 0.0001, 0.005)))

    longest, *_ = took = uvloop.run(waits())
    assert min(took) >= 0.0001
    assert longest >= 0.02


async def test_a_system_without_such_timers_has_one_of_the_loops_at_a_time(monkeypatch):
    monkeypatch.setattr(module, "_LIBC", object())
    loop, set_, cancelled = asyncio.get_running_loop(), list[Mock](), list[Mock]()

    def call_later(seconds: float, _callback: object) -> Mock:
        handle = Mock(seconds=seconds)
        handle.cancel = partial(cancelled.append, handle)
        set_.append(handle)
        return handle

    monkeypatch.setattr(loop, "call_later", call_later)
    with open_alarm() as alarm:
        for seconds in (0.5, 0.25, LEAST_WAIT / 10):
            alarm.later(seconds, int)
        assert cancelled == set_[:2]
        assert set_[2].seconds == LEAST_WAIT
    assert cancelled == set_


async def test_while_it_waits_the_event_loop_rests():
    rounds = 0

    def come_round() -> None:
        nonlocal rounds
        rounds += 1
        alarm.later(0.005, come_round)

    with open_alarm() as alarm:
        alarm.later(0.0006, come_round)
        alarm.later(0.1, (done := asyncio.Event()).set)
        before = time.process_time()
        await done.wait()
        assert time.process_time() - before < 0.05
    assert 0 < rounds <= 20


async def test_a_closed_alarm_leaves_nothing_behind():
    before = descriptors()
    with open_alarm() as alarm:
        alarm.later(60, int)
    assert descriptors() == before
