"""Load that is offered steadily, and never more of it than can be answered in the end."""

import asyncio
import os
import signal

from deploy.chaos import pace
from tests.waiting import until


async def test_so_many_are_begun_in_order_and_all_are_waited_for() -> None:
    begun: list[int] = []
    ended: list[int] = []

    async def work(index: int) -> None:
        begun.append(index)
        await asyncio.sleep(0.01)
        ended.append(index)

    await pace.steadily(1000, work, most=20)
    assert begun == list(range(20))
    assert sorted(ended) == begun


async def test_none_is_begun_while_as_many_are_open_as_may_be(monkeypatch) -> None:
    monkeypatch.setattr(pace, "MOST_OPEN", 3)
    begun: list[int] = []
    answered = asyncio.Event()
    beats = 0

    async def work(index: int) -> None:
        begun.append(index)
        await answered.wait()

    async def count_beats() -> None:
        nonlocal beats
        while not answered.is_set():
            beats += 1
            await asyncio.sleep(0.001)

    counting = asyncio.create_task(count_beats())
    running = asyncio.create_task(pace.steadily(1000, work))
    await until(lambda: len(begun) == 3 and beats > 50)
    assert begun == [0, 1, 2]
    answered.set()
    await until(lambda: len(begun) > 3)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 5)
    await counting
    assert begun == list(range(len(begun)))
