"""The proxy's listening socket and its pumps: bytes pass unchanged unless the faults of the moment say otherwise."""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Self

from deploy.proxy.faults import Faults

CHUNK = 64 * 1024
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class TcpProxy:
    """Forwards every connection of its own port to a target; use it as an async context manager.

    With `others` it is a load balancer too: targets take turns, and one that does not answer is passed over.
    """

    def __init__(
        self,
        target_host: str,
        target_port: int,
        *,
        port: int = 0,
        seed: int = 0,
        others: Sequence[tuple[str, int]] = (),
    ) -> None:
        self._targets = [(target_host, target_port), *others]
        self._port = port
        self._random = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.faults = Faults()
        self.answers_lost = 0

    @property
    def port(self) -> int:
        """The port this proxy listens on, once it is entered."""
        return self._port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def reset(self) -> int:
        """Reset every connection that is open now and return how many there were."""
        count = len(self._writers) // 2
        for writer in list(self._writers):
            _abort(writer)
        self._writers.clear()
        return count

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.faults.refuse:
            _abort(writer)
            return
        target = await self._reached()
        if target is None:
            _abort(writer)
            return
        self._writers |= {writer, target[1]}
        self._start(self._pump_requests((reader, writer), target))
        self._start(self._pump_answers(target, (reader, writer)))

    async def _reached(self) -> Streams | None:
        for _ in self._targets:
            self._targets.append(self._targets.pop(0))
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(*self._targets[-1])
        return None

    def _start(self, pump: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(pump)
        self._pumps.add(task)
        task.add_done_callback(self._pumps.discard)

    async def _pump_requests(self, client: Streams, target: Streams) -> None:
        with contextlib.suppress(OSError):
            while chunk := await client[0].read(CHUNK):
                await self._delay()
                if not self.faults.half_open:
                    target[1].write(chunk)
                    await target[1].drain()
        self._drop(client[1], target[1])

    async def _pump_answers(self, target: Streams, client: Streams) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while chunk := await target[0].read(CHUNK):
                await self._delay()
                if self._loses_answer():
                    break
                allowed = self._allowed(chunk, passed)
                passed += len(allowed)
                client[1].write(allowed)
                await client[1].drain()
                if len(allowed) < len(chunk) and not self.faults.half_open:
                    break
        self._drop(target[1], client[1])

    async def _delay(self) -> None:
        pause = self.faults.latency + self._random.random() * self.faults.jitter
        if pause:
            await asyncio.sleep(pause)

    def _loses_answer(self) -> bool:
        if self.faults.lose_answers <= 0:
            return False
        self.faults.lose_answers -= 1
        self.answers_lost += 1
        return True

    def _allowed(self, chunk: bytes, passed: int) -> bytes:
        if self.faults.half_open:
            return b""
        if self.faults.cut_after is None:
            return chunk
        return chunk[: max(0, self.faults.cut_after - passed)]

    def _drop(self, *writers: asyncio.StreamWriter) -> None:
        for writer in writers:
            self._writers.discard(writer)
            _abort(writer)


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of a polite FIN, as a dying peer would."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
