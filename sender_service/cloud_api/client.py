"""One POST to the Cloud API: bounded, never retried, never redirected, and exact about its first byte.

The caller's `gate` is awaited with an open connection in hand, and the first byte leaves in the very step in which it
lets through. What goes wrong before is certainly not sent; what goes wrong after it is doubtful, whatever it was.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, TypeAlias

import orjson
from yarl import URL

from sender_service.cloud_api.connection import Broken, Connection, Reply
from sender_service.cloud_api.connections import Connections
from sender_service.cloud_api.wire import MAX_ANSWER, Answer, Doubtful, NotSent, read
from shared import metrics

CALL_SECONDS = 30.0
UNREACHABLE = "unreachable"

Begun: TypeAlias = asyncio.Future[Reply] | NotSent
# Calls what it is given when the request may go and answers what that answers, else why it may not.
Gate: TypeAlias = Callable[[Callable[[], Begun]], Awaitable[Begun]]


class Session:
    """The connections of a process to the origins it sends to."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._origins: dict[URL, Connections] = {}

    def to(self, url: URL) -> Connections:
        """The connections to where this URL points."""
        origin = url.origin()
        if origin not in self._origins:
            self._origins[origin] = Connections(origin, self._tls, most_read=MAX_ANSWER)
        return self._origins[origin]

    def close(self) -> None:
        """Break everything off."""
        for connections in self._origins.values():
            connections.close()


@asynccontextmanager
async def open_session(tls: ssl.SSLContext | None = None) -> AsyncIterator[Session]:
    """A session; proxies of the environment are not asked, redirects not followed, cookies not kept."""
    session = Session(tls or ssl.create_default_context())
    try:
        yield session
    finally:
        session.close()


class CloudApi:
    """Sends messages; the answer is always one of `wire.Answer`, never an exception of the transport."""

    def __init__(self, session: Session, graph_url: str, version: str) -> None:
        self._base = URL(f"{graph_url.rstrip('/')}/{version}/")
        self._connections = session.to(self._base)
        self._head = lru_cache(maxsize=4096)(self._made_head)

    async def send(self, phone_number_id: str, token: str, body: dict[str, Any], *, gate: Gate) -> Answer:
        """One attempt, begun by its gate."""
        data = orjson.dumps(body)
        request = b"%b%d\r\n\r\n%b" % (self._head(phone_number_id, token), len(data), data)
        metrics.SENDS_IN_FLIGHT.inc()
        try:
            return await self._post(_Post(gate, request))
        finally:
            metrics.SENDS_IN_FLIGHT.dec()

    async def _post(self, post: "_Post") -> Answer:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._exchange(post)
        except (OSError, TimeoutError, Broken) as error:
            reason = str(error) if isinstance(error, Broken) else type(error).__name__
            return Doubtful(reason) if post.has_begun else NotSent(f"{UNREACHABLE}: {reason}")

    async def _exchange(self, post: "_Post") -> Answer:
        connection = await self._connections.take()
        try:
            reply = await post.over(connection)
        finally:
            self._connections.give_back(connection)
        return reply if isinstance(reply, NotSent) else _answer(reply)

    def _made_head(self, phone_number_id: str, token: str) -> bytes:
        """Everything before the length. What may not stand in a header becomes a token that Meta refuses."""
        url = self._base / phone_number_id / "messages"
        token = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in token)
        return (
            f"POST {url.raw_path} HTTP/1.1\r\nHost: {url.host_port_subcomponent}\r\nUser-Agent: colomba\r\n"
            f"Accept: application/json\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            "Content-Length: "
        ).encode()


@dataclass(slots=True)
class _Post:
    """One request and its gate; `has_begun` from the step in which its first byte is written."""

    gate: Gate
    request: bytes = field(repr=False)
    has_begun: bool = False

    async def over(self, connection: Connection) -> Reply | NotSent:
        """Wait at the gate with the connection in hand, then for the answer."""
        begun = await self.gate(partial(self._begin, connection))
        return begun if isinstance(begun, NotSent) else await begun

    def _begin(self, connection: Connection) -> Begun:
        if not connection.is_open:
            return NotSent("the connection ended while the request waited at its gate")
        self.has_begun = True
        return connection.exchange(self.request)


def _answer(reply: Reply) -> Answer:
    if reply.body is None:
        return Doubtful("the answer is too long", reply.status)
    return read(reply.status, reply.content_type, reply.body)
