"""The bad proxy does to a connection exactly what it was told, and nothing else."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.proxy import TcpProxy

DEADLINE = 5


class Echo:
    """A server that answers every chunk with itself and remembers what reached it."""

    def __init__(self) -> None:
        self.received = b""
        self.arrived = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65536):
                self.received += chunk
                self.arrived.set()
                writer.write(chunk)
        except ConnectionError:
            pass
        writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, TcpProxy]]:
    """An echo server with a proxy before it."""
    handler = Echo()
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    async with TcpProxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        yield handler, proxy
    server.close()


async def test_bytes_pass_unchanged_without_faults(echo: tuple[Echo, TcpProxy]) -> None:
    _, proxy = echo
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

    writer.write(b"hello")

    assert await asyncio.wait_for(reader.readexactly(5), DEADLINE) == b"hello"
    writer.close()


async def test_a_lost_answer_was_delivered_and_ends_in_a_reset(echo: tuple[Echo, TcpProxy]) -> None:
    handler, proxy = echo
    proxy.faults.lose_answers = 1
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

    writer.write(b"pay once")

    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(1), DEADLINE)
    assert handler.received == b"pay once"
    assert proxy.answers_lost == 1


async def test_a_half_open_connection_swallows_and_stays_open(echo: tuple[Echo, TcpProxy]) -> None:
    handler, proxy = echo
    proxy.faults.half_open = True
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

    writer.write(b"anybody?")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    assert handler.received == b""
    writer.close()


async def test_a_connection_is_cut_after_so_many_bytes(echo: tuple[Echo, TcpProxy]) -> None:
    _, proxy = echo
    proxy.faults.cut_after = 3
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

    writer.write(b"hello")

    received = b""
    with pytest.raises(ConnectionResetError):
        received = await asyncio.wait_for(reader.readexactly(5), DEADLINE)
    assert len(received) <= 3


async def test_latency_holds_the_bytes_back(echo: tuple[Echo, TcpProxy]) -> None:
    _, proxy = echo
    proxy.faults.latency = 0.1
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    loop = asyncio.get_running_loop()
    started = loop.time()

    writer.write(b"slow")
    await asyncio.wait_for(reader.readexactly(4), DEADLINE)

    assert loop.time() - started >= 0.2
    writer.close()


async def test_open_connections_can_be_reset_and_new_ones_refused(echo: tuple[Echo, TcpProxy]) -> None:
    handler, proxy = echo
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"x")
    await asyncio.wait_for(handler.arrived.wait(), DEADLINE)
    proxy.faults.refuse = True

    assert proxy.reset() == 1

    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.readexactly(2), DEADLINE)
    with pytest.raises(ConnectionResetError):
        await _first_byte(proxy.port)


async def _first_byte(port: int) -> bytes:
    reader, _ = await asyncio.open_connection("127.0.0.1", port)
    return await asyncio.wait_for(reader.read(1), DEADLINE)


async def test_a_balancer_lets_targets_take_turns_and_passes_over_one_that_is_gone() -> None:
    first, second = Echo(), Echo()
    servers = [await asyncio.start_server(handler, "127.0.0.1", 0) for handler in (first, second)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    async with TcpProxy("127.0.0.1", ports[0], others=[("127.0.0.1", ports[1])]) as balancer:
        for _ in range(2):
            await _say(balancer.port, b"in turn")
        assert first.received == second.received == b"in turn"

        servers[0].close()
        for _ in range(2):
            await _say(balancer.port, b"!")
    assert second.received == b"in turn!!"
    servers[1].close()


async def _say(port: int, words: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    assert await asyncio.wait_for(reader.readexactly(len(words)), DEADLINE) == words
    writer.close()
