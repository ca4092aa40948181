"""The parts of a worker live and die together."""

import asyncio

import pytest

from sender_service.roles import worker
from shared.lifecycle import RoleFailed


async def stays(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def test_a_part_that_is_cancelled_though_nobody_asked_ends_the_worker():
    async def lost(_stopping: asyncio.Event) -> None:
        raise asyncio.CancelledError

    with pytest.raises(ExceptionGroup) as failed:
        await worker._together({"stays": stays, "commands": lost}, asyncio.Event())
    [error] = failed.value.exceptions
    assert isinstance(error, RoleFailed)
    assert str(error) == "commands was cancelled though nobody asked"


async def test_a_worker_that_is_cancelled_ends_as_it_was_asked():
    together = asyncio.create_task(worker._together({"stays": stays}, asyncio.Event()))
    await asyncio.sleep(0)
    together.cancel()
    with pytest.raises(asyncio.CancelledError):
        await together
