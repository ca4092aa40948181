import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable
from functools import partial

import pytest

from sender_service.sending.alarm import LEAST_WAIT
from sender_service.sending.pacing import Pace
from sender_service.sending.slots import Slots
from sender_service.sending.turnstile import Turnstile


def later(seconds: float, callback: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_later(max(LEAST_WAIT, seconds), callback)


async def test_those_who_wait_pass_in_the_order_they_came():
    turnstile = Turnstile(Pace(500), time.monotonic, later)
    passed: list[int] = []
    await asyncio.gather(*(turnstile.turn(time.monotonic(), partial(passed.append, name)) for name in range(20)))
    assert passed == list(range(20))


async def test_no_sliding_second_has_more_than_the_tier_at_the_moment_of_passing():
    read, times = [0.0], []

    def clock() -> float:
        read.append(time.monotonic())
        return read[-1]

    def go() -> None:
        times.append(read[-1])

    async def disturb() -> None:
        for _ in range(10):
            await asyncio.sleep(0.1)
            time.sleep(0.03)  # noqa: ASYNC251 - the loop is held up on purpose

    turnstile = Turnstile(Pace(100), clock, later)
    await asyncio.gather(disturb(), *(turnstile.turn(time.monotonic(), go) for _ in range(150)))
    assert len(times) == 150
    assert max(bisect_right(times, at + 1.0) - place for place, at in enumerate(times)) <= 100


async def waiting_for(turnstile: Turnstile, *names: object, passed: list[object]) -> list[asyncio.Task[None]]:
    """Tasks that wait in this order for their turn and note it."""
    tasks = [asyncio.create_task(turnstile.turn(0.0, partial(passed.append, name))) for name in names]
    await asyncio.sleep(0)
    return tasks


async def test_whoever_looks_between_two_pieces_of_work_lets_those_go_whose_tokens_are_there():
    now = 0.0
    passed: list[object] = []
    turnstile = Turnstile(Pace(100), lambda: now, later)
    waiting = await waiting_for(turnstile, *range(4), passed=passed)
    turnstile.look()
    assert passed == [0]
    now = 0.011
    turnstile.look()
    assert passed == [0, 1]
    now = 0.051
    turnstile.look()
    assert passed == [0, 1, 2, 3]
    await asyncio.gather(*waiting)


async def test_one_who_gives_up_waiting_holds_nobody_up_and_takes_no_token():
    now = 0.0
    passed: list[object] = []
    turnstile = Turnstile(Pace(100), lambda: now, later)
    _, first, second = await waiting_for(turnstile, "at once", "first", "second", passed=passed)
    first.cancel()
    await asyncio.wait([first])
    now = 0.011
    turnstile.look()
    await second
    assert passed == ["at once", "second"]
    assert first.cancelled()


async def test_what_goes_wrong_for_one_is_told_to_that_one_alone():
    now = 0.0
    turnstile = Turnstile(Pace(100), lambda: now, later)
    await turnstile.turn(0.0, int)
    broken = asyncio.create_task(turnstile.turn(0.0, partial(int, "none")))
    sound = asyncio.create_task(turnstile.turn(0.0, partial(int, "7")))
    await asyncio.sleep(0)
    now = 0.025
    turnstile.look()
    with pytest.raises(ValueError, match="none"):
        await broken
    assert await sound == 7


def test_slots_run_out_and_come_back():
    slots = Slots(4)
    assert [slots.take("a"), slots.take("a"), slots.take("a")] == [True, True, False]
    assert [slots.take("b"), slots.take("b"), slots.take("c")] == [True, True, False]
    assert slots.taken == 4
    slots.give_back("a")
    assert slots.take("c")
