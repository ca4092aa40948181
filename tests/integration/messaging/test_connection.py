"""The block of a connection ends as its task was meant to: told to stop, or the broker gone."""

import asyncio

import pytest

from shared.messaging.connection import Connection, connect_patiently
from shared.messaging.errors import BrokerAway


async def test_a_cancellation_nobody_asked_for_leaves_the_block_as_the_broker_going_away(broker):
    with pytest.raises(BrokerAway, match="the connection was lost"):
        async with await connect_patiently(broker, "tests") as connection:
            raise asyncio.CancelledError
    assert not connection.is_open


async def test_who_is_told_to_stop_within_the_block_stops_and_hangs_up(broker):
    opened: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        async with await connect_patiently(broker, "tests") as connection:
            opened.set_result(connection)
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    connection = await opened
    holder.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holder
    assert not connection.is_open
