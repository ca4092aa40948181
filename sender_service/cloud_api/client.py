"""One POST to the Cloud API: bounded, never retried, never redirected, and exact about its first byte.

The caller's `gate` is awaited with an open connection in hand, directly before the first byte. What goes wrong
before the gate lets through is certainly not sent; what goes wrong after it is doubtful, whatever it was.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

import aiohttp
import orjson
from yarl import URL

from sender_service.cloud_api.wire import MAX_ANSWER, Answer, Doubtful, NotSent, read
from shared import metrics

CALL_SECONDS = 30.0
CONNECT_SECONDS = 10.0
# Shorter than the 60 s and more after which load balancers in front of the Graph API close an idle connection.
KEEP_ALIVE_SECONDS = 20.0
MAX_CONNECTIONS = 2000

UNREACHABLE = "unreachable"

Gate: TypeAlias = Callable[[], Awaitable[str | None]]


@dataclass(slots=True)
class _Passage:
    """One request's gate, and what came of it: passed, or refused with a reason."""

    gate: Gate
    passed: bool = False
    refused: str | None = None


_passage: ContextVar[_Passage] = ContextVar("passage")


class _GatedRequest(aiohttp.ClientRequest):
    """A request that asks its gate with the connection in hand, in the same step as the first byte is written."""

    async def write_bytes(self, writer: Any, conn: Any, content_length: int | None = None) -> None:
        """The head of the request is buffered until the body comes: nothing has been written yet."""
        passage = _passage.get()
        passage.refused = await passage.gate()
        if passage.refused is not None:
            conn.protocol.set_exception(aiohttp.ClientConnectionError("the gate is shut"))
            conn.close()
            return
        passage.passed = True
        await super().write_bytes(writer, conn, content_length)


@asynccontextmanager
async def open_session(*, max_connections: int = MAX_CONNECTIONS) -> AsyncIterator[aiohttp.ClientSession]:
    """A session whose requests pass a gate; proxies of the environment are not asked, cookies not kept."""
    connector = aiohttp.TCPConnector(limit=max_connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ttl_dns_cache=60)
    session = aiohttp.ClientSession(
        connector=connector,
        request_class=_GatedRequest,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS),
        headers={"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "colomba"},
        auto_decompress=True,
    )
    try:
        yield session
    finally:
        await session.close()


class CloudApi:
    """Sends messages; the answer is always one of `wire.Answer`, never an exception of the transport."""

    def __init__(self, session: aiohttp.ClientSession, graph_url: str, version: str) -> None:
        self._session = session
        self._base = f"{graph_url.rstrip('/')}/{version}"
        self._urls: dict[str, URL] = {}

    async def send(self, phone_number_id: str, token: str, body: dict[str, Any], *, gate: Gate) -> Answer:
        """One attempt. `gate` answers None to let the request through, else the reason why not."""
        passage = _Passage(gate)
        mark = _passage.set(passage)
        try:
            with metrics.SENDS_IN_FLIGHT.track_inprogress():
                return await self._post(phone_number_id, token, body)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = type(error).__name__
            return Doubtful(reason) if passage.passed else NotSent(passage.refused or f"{UNREACHABLE}: {reason}")
        finally:
            _passage.reset(mark)

    async def _post(self, phone_number_id: str, token: str, body: dict[str, Any]) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        data = orjson.dumps(body)
        url = self._url(phone_number_id)
        async with self._session.post(url, data=data, headers=headers, allow_redirects=False) as response:
            answer = await _bounded(response)
        if answer is None:
            return Doubtful("the answer is too long", response.status)
        return read(response.status, response.content_type, answer)

    def _url(self, phone_number_id: str) -> URL:
        """Building a URL costs more than the rest of a request's preparation."""
        url = self._urls.get(phone_number_id)
        if url is None:
            url = self._urls[phone_number_id] = URL(f"{self._base}/{phone_number_id}/messages")
        return url


async def _bounded(response: aiohttp.ClientResponse) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER:
            return None
        parts.append(chunk)
    return b"".join(parts)
