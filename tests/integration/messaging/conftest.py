"""The broker with everything declared, and the same broker behind a proxy that can be told to misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import aiormq
import pytest

from deploy.proxy import TcpProxy
from shared.messaging import topology
from shared.messaging.publisher import Publisher
from tests.waiting import until


@pytest.fixture
async def broker(amqp_url: str) -> str:
    """The address of a virtual host with our topology."""
    await topology.declare(amqp_url)
    return amqp_url


@pytest.fixture
async def proxy(broker: str) -> AsyncIterator[TcpProxy]:
    address = urlsplit(broker)
    async with TcpProxy(address.hostname or "", address.port or 5672) as opened:
        yield opened


@pytest.fixture
def proxied(broker: str, proxy: TcpProxy) -> str:
    """The address of the same virtual host through the proxy."""
    address = urlsplit(broker)
    return address._replace(netloc=f"{address.username}:{address.password}@127.0.0.1:{proxy.port}").geturl()


@pytest.fixture
def cancel_goodbyes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[object]]:
    """From its call on, the library cancels whoever closes a connection; gives those that were closed so."""
    close = aiormq.Connection.close
    goodbyes: list[object] = []

    async def cancelled(connection: aiormq.Connection, *given: object) -> None:
        await close(connection, *given)  # type: ignore[arg-type]
        goodbyes.append(connection)
        raise asyncio.CancelledError

    def begin() -> list[object]:
        monkeypatch.setattr(aiormq.Connection, "close", cancelled)
        return goodbyes

    return begin


@pytest.fixture
async def publisher(broker: str) -> AsyncIterator[Publisher]:
    async with Publisher(broker, "tests") as opened:
        await until(lambda: opened.is_ready)
        yield opened


@pytest.fixture
async def channel(broker: str) -> AsyncIterator[aiormq.abc.AbstractChannel]:
    """A plain channel to look with."""
    connection = await aiormq.connect(broker)
    try:
        yield await connection.channel()
    finally:
        await connection.close()


@pytest.fixture
def depth(channel: aiormq.abc.AbstractChannel) -> Callable[[str], Awaitable[int]]:
    """How many messages are ready in a queue."""

    async def ask(queue: str) -> int:
        declared = await channel.queue_declare(queue, passive=True)
        return declared.message_count or 0

    return ask


@pytest.fixture
def taken(channel: aiormq.abc.AbstractChannel) -> Callable[[str], Awaitable[aiormq.abc.DeliveredMessage]]:
    """Take the next message out of a queue, waiting for it."""

    async def take(queue: str) -> aiormq.abc.DeliveredMessage:
        async with asyncio.timeout(40):  # a test's own limit is shorter, unless it says otherwise
            while True:
                message = await channel.basic_get(queue, no_ack=True)
                if message.delivery_tag:
                    return message
                await asyncio.sleep(0.02)

    return take
