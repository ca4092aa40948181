import asyncio
from contextlib import asynccontextmanager

import pytest

from sender_service.sending.grouping import Grouper
from shared.messaging.errors import NeighbourAway


@asynccontextmanager
async def running(grouper):
    task = asyncio.create_task(grouper.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Writer:
    def __init__(self, failures=()):
        self.groups, self.failures = [], list(failures)

    async def __call__(self, group):
        if self.failures:
            raise self.failures.pop(0)
        self.groups.append(list(group))


async def test_a_single_item_is_written_at_once():
    writer = Writer()
    grouper = Grouper(writer, linger=30.0)
    async with running(grouper):
        grouper.add([1])
        await asyncio.wait_for(grouper.drained(), 1)
    assert writer.groups == [[1]]


async def test_under_load_items_are_written_in_groups_in_their_order():
    writer = Writer()
    grouper = Grouper(writer, most=100, linger=0.02)
    async with running(grouper):
        for item in range(1000):
            grouper.add([item])
            if item % 10 == 0:
                await asyncio.sleep(0)
        await asyncio.wait_for(grouper.drained(), 2)
    assert [item for group in writer.groups for item in group] == list(range(1000))
    assert max(map(len, writer.groups)) == 100
    assert len(writer.groups) < 100


async def test_a_group_is_written_again_until_the_database_is_back():
    writer = Writer([NeighbourAway("postgres"), NeighbourAway("postgres")])
    grouper = Grouper(writer)
    async with running(grouper):
        grouper.add([1, 2])
        await asyncio.wait_for(grouper.drained(), 2)
    assert writer.groups == [[1, 2]]


async def test_a_fault_of_ours_ends_it_loudly():
    grouper = Grouper(Writer([ValueError("wrong")]))
    async with running(grouper) as task:
        grouper.add([1])
        with pytest.raises(ExceptionGroup):
            await asyncio.wait_for(task, 1)
