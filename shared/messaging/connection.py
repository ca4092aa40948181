"""One connection to the broker: opened within a time limit, aborted when half-open, opened again with a growing pause.

Plain connections and our own reconnecting: what a library restores behind our back (channels, consumers, return
callbacks) is what tests cannot see. aiormq is the protocol layer of aio-pika, used directly because the messages in
flight are counted here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, Self, cast

import aiormq
from aiormq.channel import Channel
from aiormq.connection import TCPTransportFactory, TLSTransportFactory, TransportFactory
from aiormq.exceptions import AMQPError
from pamqp import commands as spec
from yarl import URL

from shared.logging import get_logger
from shared.messaging.errors import BrokerAway
from shared.messaging.incoming import Delivered, Incoming

HEARTBEAT: Final = 10
CONNECT_TIMEOUT: Final = 10.0
CLOSE_TIMEOUT: Final = 3.0
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 1.0
# A connection that lived so long was a good one: the next pause is short again.
SETTLED_AFTER: Final = 10.0

# What aiormq lets out when a connection goes, besides its own errors: RuntimeError for a channel asked of a connection
# that has just broken, StopAsyncIteration and AttributeError for one whose end was read before anybody asked.
LOST: Final = (
    AMQPError,
    OSError,
    EOFError,
    TimeoutError,
    asyncio.InvalidStateError,
    RuntimeError,
    StopAsyncIteration,
    AttributeError,
)

_log = get_logger(__name__)


class Connection:
    """An open connection and the transport beneath it; an async context manager that closes it.

    Its block raises `BrokerAway` for a CancelledError nobody asked for: let out, that would end the task for good.
    """

    def __init__(self, connection: aiormq.Connection, transport: _RememberingTransport) -> None:
        self._connection = connection
        self._transport = transport

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        if isinstance(error, asyncio.CancelledError):
            with lost_as_away():
                raise error

    async def channel(self) -> Channel:
        """Open a channel that confirms publishes and raises for unroutable ones; raises `BrokerAway`."""
        with lost_as_away():
            async with asyncio.timeout(CONNECT_TIMEOUT):
                return cast("Channel", await self._connection.channel(on_return_raises=True))

    async def consume(
        self, channel: Channel, queue: str, receive: Callable[[Delivered], None], *, is_only_heard: bool = False
    ) -> None:
        """Have the messages of a queue given to `receive`; those only heard need no acknowledgement, and nobody else
        gets any of them. Raises `BrokerAway`.
        """
        self._transport.incoming.consume(channel.number, receive)
        tag = f"{channel.number}.{queue}"
        frame = spec.Basic.Consume(queue=queue, consumer_tag=tag, no_ack=is_only_heard, exclusive=is_only_heard)
        with lost_as_away():
            await channel.rpc(frame, timeout=CONNECT_TIMEOUT)

    @property
    def is_open(self) -> bool:
        """Tell whether, as far as is known, the broker is at the other end."""
        return self._connection.is_opened

    def write(self, frames: bytes) -> None:
        """Write whole frames, now and in one piece; the library's own frames come before or after them.

        To a socket that is gone nothing is written; the library hears of its end a moment later.
        """
        writer = self._transport.writer
        if not writer.is_closing():
            writer.write(frames)

    async def drained(self) -> None:
        """Wait until the socket has taken nearly everything written."""
        await self._transport.drained()

    def abort(self) -> None:
        """Drop the socket without a word; what waits on it fails at once."""
        self._transport.abort()

    async def close(self) -> None:
        """Say goodbye within a few seconds, else hang up: a half-open peer never answers."""
        try:
            with lost_as_away():
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._connection.close()
        except BrokerAway:
            _log.debug("broker.hung_up")
        finally:
            self._transport.abort()


class _RememberingTransport(TransportFactory):
    """Opens the socket and keeps hold of it, so that it can be dropped without a farewell."""

    def __init__(self, factory: TransportFactory) -> None:
        self._factory = factory
        self._writer: asyncio.StreamWriter | None = None
        self._incoming: Incoming | None = None

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, self._writer = await self._factory.create(url, **kwargs)
        self._incoming = Incoming(reader)
        return cast("asyncio.StreamReader", self._incoming), self._writer

    @property
    def incoming(self) -> Incoming:
        if self._incoming is None:
            raise BrokerAway("not connected")
        return self._incoming

    @property
    def writer(self) -> asyncio.StreamWriter:
        if self._writer is None:
            raise BrokerAway("not connected")
        return self._writer

    async def drained(self) -> None:
        # Several wait here: each looks again, for the first to go on fills the buffer anew.
        transport = self.writer.transport
        while transport.get_write_buffer_size() > transport.get_write_buffer_limits()[1]:
            await self.writer.drain()

    def abort(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()


async def connect(url: str, name: str) -> Connection:
    """Open one connection, named so that operators recognise it; raises `BrokerAway`."""
    address = URL(url).update_query(heartbeat=HEARTBEAT)
    plain = address.scheme != "amqps"
    transport = _RememberingTransport(TCPTransportFactory() if plain else TLSTransportFactory())
    connection = aiormq.Connection(address, client_properties={"connection_name": name}, transport_factory=transport)
    try:
        with lost_as_away():
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await connection.connect()
    except BaseException:
        transport.abort()
        raise
    return Connection(connection, transport)


async def connect_patiently(url: str, name: str) -> Connection:
    """Open a connection however long it takes; says once that the broker is away, and once that it is back."""
    pauses = growing_pauses()
    waited = False
    while True:
        try:
            connection = await connect(url, name)
        except BrokerAway as error:
            if not waited:
                _log.warning("broker.away", connection=name, error=str(error))
            waited = True
            await asyncio.sleep(next(pauses))
        else:
            if waited:
                _log.info("broker.back", connection=name)
            return connection


def growing_pauses(first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> Iterator[float]:
    """Give pauses in seconds, each twice the one before, up to the longest."""
    pause = first
    while True:
        yield pause
        pause = min(pause * 2, longest)


@contextmanager
def lost_as_away() -> Iterator[None]:
    """Turn everything the library raises for a lost connection into `BrokerAway`.

    That includes a CancelledError nobody asked for: aiormq cancels its waiters when a connection goes. And a
    cancellation that came together with an answer is not forgotten, as `asyncio.wait_for` beneath does in Python 3.11.
    """
    before = _cancellations()
    try:
        yield
    except asyncio.CancelledError as error:
        if _cancellations():
            raise
        raise BrokerAway("the connection was lost") from error
    except LOST as error:
        raise BrokerAway(type(error).__name__) from error
    if _cancellations() > before:
        raise asyncio.CancelledError


def _cancellations() -> int:
    """How many times the present task was asked to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait for its end, whatever that is."""
    task.cancel()
    with suppress(asyncio.CancelledError, *LOST):
        await task
