"""Connections to the Cloud API that are used again and again, the one used last first."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any

from aiohappyeyeballs import start_connection
from yarl import URL

from sender_service.cloud_api.connection import Connection
from shared.clock import Monotonic, monotonic

CONNECT_SECONDS = 10.0
# Shorter than the 60 s and more after which load balancers in front of the Graph API close an idle connection.
KEEP_ALIVE_SECONDS = 20.0
ADDRESS_SECONDS = 60.0
# RFC 8305: how long one address is tried alone before the next is tried beside it.
_HEAD_START_SECONDS = 0.25

_Address = tuple[int, int, int, str, tuple[Any, ...]]


class Connections:
    """Of one origin. How many there may be is for the caller to bound."""

    def __init__(self, origin: URL, tls: ssl.SSLContext, *, most_read: int, clock: Monotonic = monotonic) -> None:
        self._host, self._port = origin.host or "", origin.port or 0
        self._tls = tls if origin.scheme == "https" else None
        self._most_read = most_read
        self._clock = clock
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self._addresses: Sequence[_Address] = ()
        self._looked_up_at = float("-inf")

    async def take(self) -> Connection:
        """An open connection that nobody else uses; raises `OSError` or `TimeoutError` when there is none to be had."""
        self._drop_stale()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        async with asyncio.timeout(CONNECT_SECONDS):
            return await self._connect()

    def give_back(self, connection: Connection) -> None:
        """For the next who asks; one that still owes an answer is of no use to anybody."""
        if connection.is_at_rest:
            connection.idle_since = self._clock()
            self._idle.append(connection)
        else:
            connection.close()
        self._drop_stale()

    def _drop_stale(self) -> None:
        """Those that were idle too long are closed: the other side is about to, or has without a word."""
        oldest = self._clock() - KEEP_ALIVE_SECONDS
        while self._idle and self._idle[0].idle_since < oldest:
            self._idle.popleft().close()

    def close(self) -> None:
        """Break all of them off."""
        for connection in list(self._open):
            connection.close()

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        sock = await start_connection(await self._look_up(), happy_eyeballs_delay=_HEAD_START_SECONDS, loop=loop)
        _, connection = await loop.create_connection(
            lambda: Connection(self._most_read, self._open.discard),
            sock=sock,
            ssl=self._tls,
            server_hostname=self._host if self._tls else None,
        )
        self._open.add(connection)
        return connection

    async def _look_up(self) -> Sequence[_Address]:
        if self._clock() - self._looked_up_at > ADDRESS_SECONDS:
            loop = asyncio.get_running_loop()
            self._addresses = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            self._looked_up_at = self._clock()
        return self._addresses
