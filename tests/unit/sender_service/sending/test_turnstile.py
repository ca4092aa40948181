import asyncio
import time
from bisect import bisect_right

import uvloop

from sender_service.sending.pacing import Pace
from sender_service.sending.slots import Slots
from sender_service.sending.turnstile import Turnstile


async def test_those_who_wait_pass_in_the_order_they_came():
    turnstile, passed = Turnstile(Pace(500), time.monotonic), []

    async def go(name: int) -> None:
        await turnstile.turn(time.monotonic())
        passed.append(name)

    await asyncio.gather(*(go(name) for name in range(20)))
    assert passed == list(range(20))


async def test_no_sliding_second_has_more_than_the_tier_at_the_moment_of_passing():
    turnstile, times = Turnstile(Pace(100), time.monotonic), []

    async def go() -> None:
        await turnstile.turn(time.monotonic())
        times.append(time.monotonic())

    async def disturb() -> None:
        for _ in range(10):
            await asyncio.sleep(0.1)
            time.sleep(0.03)  # noqa: ASYNC251 - the loop is held up on purpose

    await asyncio.gather(disturb(), *(go() for _ in range(150)))
    # Noted a moment after the token was taken, one a little sooner than another.
    assert max(bisect_right(times, at + 0.999) - place for place, at in enumerate(times)) <= 100
    assert times[-1] - times[0] < 2.5


def test_a_wait_of_less_than_a_millisecond_does_not_keep_the_loop_busy():
    now, looks = 100.0, 0

    def clock() -> float:
        nonlocal looks
        looks += 1
        return now

    async def wait_for_a_token() -> None:
        nonlocal now
        turnstile = Turnstile(Pace(1000), clock)
        await turnstile.turn(now)
        now += 0.0006
        waiting = asyncio.create_task(turnstile.turn(now))
        await asyncio.wait([waiting], timeout=0.05)
        now += 1
        await asyncio.wait_for(waiting, 2)

    uvloop.run(wait_for_a_token())
    assert looks < 200


async def test_a_thousand_a_second_pass_also_where_each_round_of_the_loop_takes_two_milliseconds():
    turnstile, passed = Turnstile(Pace(1000), time.monotonic), []
    started = time.monotonic()

    async def go(name: int) -> None:
        await turnstile.turn(time.monotonic())
        passed.append(name)

    async def work() -> None:
        while len(passed) < 400:
            time.sleep(0.002)  # noqa: ASYNC251 - the loop is held up on purpose
            await asyncio.sleep(0)

    await asyncio.gather(work(), *(go(name) for name in range(400)))
    assert passed == list(range(400))
    assert time.monotonic() - started < 1.0


async def test_who_was_woken_for_a_token_that_was_not_there_is_not_overtaken():
    class Meagre(Pace):
        """Promises two tokens whenever it is asked and has one at every third attempt."""

        attempts = 0

        def wait(self, now: float) -> float:
            return 0.0

        def ready(self, now: float) -> int:
            return 2

        def take(self, now: float, *, since: float) -> float:
            self.attempts += 1
            return 0.0 if self.attempts % 3 == 0 else 0.001

    turnstile, passed = Turnstile(Meagre(1000), time.monotonic), []

    async def go(name: int) -> None:
        await turnstile.turn(time.monotonic())
        passed.append(name)

    await asyncio.wait_for(asyncio.gather(*(go(name) for name in range(10))), 2)
    assert passed == list(range(10))


async def test_who_was_woken_and_gave_up_leaves_the_token_to_the_next():
    turnstile = Turnstile(Pace(50), time.monotonic)
    await turnstile.turn(time.monotonic())
    first, second = (asyncio.create_task(turnstile.turn(time.monotonic())) for _ in range(2))
    while not turnstile._woken:  # noqa: ASYNC110 - a matter of rounds of the loop
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait_for(second, 2)
    assert first.cancelled()
    assert not turnstile._woken


async def test_one_who_gives_up_waiting_holds_nobody_up():
    turnstile = Turnstile(Pace(50), time.monotonic)
    await turnstile.turn(time.monotonic())
    waiting = [asyncio.create_task(turnstile.turn(time.monotonic())) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.wait_for(asyncio.gather(*waiting[1:]), 2)
    assert waiting[0].cancelled()


def test_slots_run_out_and_come_back():
    slots = Slots(4)
    assert [slots.take("a"), slots.take("a"), slots.take("a")] == [True, True, False]
    assert [slots.take("b"), slots.take("b"), slots.take("c")] == [True, True, False]
    assert slots.taken == 4
    slots.give_back("a")
    assert slots.take("c")
