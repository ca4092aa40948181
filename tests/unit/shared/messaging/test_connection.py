"""Losing a connection and being told to stop are told apart, and neither is forgotten."""

import asyncio

import pytest

from shared.messaging.connection import lost_as_away
from shared.messaging.errors import BrokerAway


async def answered_and_cancelled_at_once(stopped: list[str]) -> None:
    """What a library does that takes an answer for more important than being told to stop."""
    with lost_as_away():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append("swallowed")
    stopped.append("went on")
    await asyncio.Event().wait()


async def test_a_cancellation_swallowed_by_the_library_still_ends_the_task():
    stopped: list[str] = []
    task = asyncio.create_task(answered_and_cancelled_at_once(stopped))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stopped == ["swallowed"]


async def test_a_cancellation_from_before_does_not_end_the_goodbye():
    said: list[str] = []

    async def goodbye() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            with lost_as_away():
                said.append("bye")
            said.append("closed")

    task = asyncio.create_task(goodbye())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert said == ["bye", "closed"]


async def test_a_cancellation_nobody_asked_for_is_the_broker_going_away():
    with pytest.raises(BrokerAway, match="the connection was lost"), lost_as_away():
        raise asyncio.CancelledError


@pytest.mark.parametrize("error", [ConnectionResetError, TimeoutError, EOFError, StopAsyncIteration])
async def test_what_the_library_raises_for_a_lost_connection_is_the_broker_going_away(error):
    with pytest.raises(BrokerAway, match=error.__name__), lost_as_away():
        raise error
