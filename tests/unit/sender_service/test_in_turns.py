import asyncio
from itertools import count

from sender_service.in_turns import LOOK_SECONDS, TURN_SECONDS, asked_between, in_turns


async def test_others_get_the_event_loop_once_a_millisecond_and_the_order_stays():
    seen: list[int | str] = []

    async def other():
        for _ in range(3):
            seen.append("other")
            await asyncio.sleep(0)

    async def note(item: int) -> None:
        seen.append(item)

    beside = asyncio.create_task(other())
    clock = count(0, TURN_SECONDS / 4)
    async for item in in_turns(range(9), clock=lambda: next(clock)):
        await note(item)
    await beside

    assert [item for item in seen if item != "other"] == list(range(9))
    assert seen[:5] == [0, 1, 2, 3, "other"]
    assert seen.count("other") == 3


async def test_short_work_keeps_the_event_loop():
    rounds: list[str] = []
    asyncio.get_running_loop().call_soon(rounds.append, "came round")

    async for _ in in_turns(range(100), clock=lambda: 0.0):
        assert not rounds


async def test_between_two_pieces_those_in_a_hurry_are_asked_until_they_no_longer_are():
    seen: list[str] = []
    clock = count(0, LOOK_SECONDS / 2)

    with asked_between(lambda: seen.append("asked")):
        async for item in in_turns("abcd", clock=lambda: next(clock)):
            seen += [item]
    seen += [item async for item in in_turns("efgh", clock=lambda: next(clock))]

    assert seen == ["a", "b", "asked", "c", "d", "asked", "e", "f", "g", "h"]
