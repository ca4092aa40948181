"""What was accepted just now need not be read, unless its own lane is being read."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sender_service.sending.line import Line
from sender_service.sending.pairs import PairPace
from sender_service.sending.reading import Reader
from shared.messaging.errors import NeighbourAway
from tests.unit.sender_service.sending.test_line import message


class SlowReads:
    """Answers a read of a lane when the test lets it."""

    def __init__(self) -> None:
        self.answers = {lane: asyncio.get_running_loop().create_future() for lane in ("priority", "bulk")}
        self.asked: list[str] = []

    async def ahead(self, _number: str, lane: str, _after: int):
        self.asked.append(lane)
        rows = await self.answers[lane]
        return rows, rows


def nothing() -> None:
    """Nobody wants to know."""


def reader_of(reads: SlowReads, changed: Callable[[], None] = nothing) -> tuple[Reader, Line, list[asyncio.Task[None]]]:
    line, tasks = Line(PairPace()), list[asyncio.Task[None]]()

    def start(work: Coroutine[Any, Any, None]) -> None:
        tasks.append(asyncio.create_task(work))

    return Reader("1", line, reads, start=start, changed=changed), line, tasks  # type: ignore[arg-type]


async def being_read() -> tuple[SlowReads, Reader, Line, list[asyncio.Task[None]]]:
    """A reader whose two lanes are being read."""
    reads = SlowReads()
    reader, line, tasks = reader_of(reads)
    reader.refill()
    await asyncio.sleep(0)
    return reads, reader, line, tasks


async def test_a_password_accepted_while_a_campaign_is_read_is_there_at_once():
    reads = SlowReads()
    reader, line, tasks = reader_of(reads)
    reader.refill()
    reads.answers["priority"].set_result([])
    await tasks[0]
    assert reads.asked == ["priority", "bulk"]
    reader.offer([message(7, "a", "priority")])
    assert 7 in line
    reads.answers["bulk"].set_result([message(1, "b")])
    await tasks[1]
    assert [one.message_id for one in (line.take(0.0), line.take(0.0)) if one] == [7, 1]
    assert reader.is_idle


async def test_what_its_own_lane_may_still_read_before_it_waits_for_that():
    reads, reader, line, tasks = await being_read()
    reader.offer([message(7, "a", "priority")])
    assert 7 not in line
    reads.answers["priority"].set_result([message(6, "b", "priority")])
    await tasks[0]
    assert not reader.is_idle
    assert reader.cursors == (6, 0)


async def test_what_was_committed_while_its_lane_was_read_is_read_though_the_cursor_would_be_past_it():
    """Batches are accepted side by side: a read may see the later of two alone, the earlier is offered meanwhile."""
    reads, reader, line, tasks = await being_read()
    reader.offer([message(6, "a", "priority"), message(5, "b", "priority")])
    reads.answers["priority"].set_result([message(4, "c", "priority"), message(7, "d", "priority")])
    await tasks[0]
    assert 7 in line
    assert reader.cursors == (4, 0)
    assert not reader.is_idle
    reads.answers["priority"] = asyncio.get_running_loop().create_future()
    reads.answers["priority"].set_result([message(5, "b", "priority"), message(6, "a", "priority")])
    reader.refill()
    await tasks[2]
    assert line.known() == [4, 5, 6, 7]
    assert reader.cursors == (6, 0)


async def test_what_is_put_back_while_its_lane_is_read_is_read_though_it_lies_past_the_cursor():
    reads, reader, _, tasks = await being_read()
    reader.step_back(message(5, "a", "priority"))
    reads.answers["priority"].set_result([message(7, "b", "priority")])
    await tasks[0]
    assert reader.cursors == (4, 0)
    assert not reader.is_idle


async def test_after_a_read_that_failed_memory_does_not_hold_all():
    reads, reader, line, tasks = await being_read()
    reads.answers["priority"].set_exception(NeighbourAway("postgres"))
    await asyncio.gather(*tasks[:1], return_exceptions=True)
    reader.offer([message(7, "a", "priority")])
    assert 7 not in line
    assert reader.cursors == (0, 0)
    assert not reader.is_idle


async def test_a_lane_is_read_by_one_at_a_time():
    reads = SlowReads()
    reader, _, tasks = reader_of(reads)
    reader.refill()
    reader.refill()
    await asyncio.sleep(0)
    assert reads.asked == ["priority", "bulk"]
    for answer in reads.answers.values():
        answer.set_result([])
    await asyncio.gather(*tasks)
    assert reader.is_idle


async def test_a_read_that_is_broken_off_begins_nothing_new():
    reads, told = SlowReads(), list[str]()
    reader, _, tasks = reader_of(reads, changed=lambda: told.append("more"))
    reader.refill()
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert told == []
