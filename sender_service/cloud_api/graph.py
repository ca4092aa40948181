"""Calls to the Graph API beside sends: templates, media, numbers. A session of its own, because sends pass a gate.

Nothing is retried here; who calls from a schedule comes back, and who calls from a door tells the person.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import orjson
from yarl import URL

from sender_service.cloud_api.wire import MAX_ANSWER

CALL_SECONDS: Final = 30.0
UPLOAD_SECONDS: Final = 300.0
CONNECT_SECONDS: Final = 10.0
_CONNECTIONS: Final = 20
_KEPT_TEXT: Final = 500


class GraphRefused(Exception):
    """Meta said no: `code` decides what to do, `details` is Meta's sentence, `status` the HTTP status for the log."""

    def __init__(self, code: int, message: str, *, details: str = "", status: int = 400) -> None:
        super().__init__(f"({code}) {details or message}")
        self.code = code
        self.message = message
        self.details = details
        self.status = status


class GraphAway(Exception):
    """No answer, or none that makes sense: what was asked for may have happened or not."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Graph:
    """One version of the Graph API at one address."""

    def __init__(self, session: aiohttp.ClientSession, graph_url: str, version: str) -> None:
        self.session = session
        self.origin = URL(graph_url).origin()
        self._base = f"{graph_url.rstrip('/')}/{version}"

    async def get(self, path: str, token: str, **query: str) -> dict[str, Any]:
        """Read an object or a list; GraphRefused or GraphAway where there is none."""
        return await self.call("GET", path, token, params=query)

    async def post(self, path: str, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create or change something."""
        return await self.call("POST", path, token, data=orjson.dumps(body), json=True)

    async def delete(self, path: str, token: str, **query: str) -> dict[str, Any]:
        """Take something away."""
        return await self.call("DELETE", path, token, params=query)

    async def call(
        self,
        method: str,
        path: str,
        token: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Any = None,
        json: bool = False,
        seconds: float = CALL_SECONDS,
    ) -> dict[str, Any]:
        """One bounded request, never redirected."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": "application/json"} if json else {})
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        try:
            async with self.session.request(
                method,
                f"{self._base}/{path}",
                params=params,
                data=data,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return judged(response.status, await _bounded(response))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise GraphAway(type(error).__name__) from error


def judged(status: int, body: bytes) -> dict[str, Any]:
    """The answer as an object, or the error it is."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise GraphAway(f"HTTP {status} without JSON") from None
    if not isinstance(answer, dict):
        raise GraphAway(f"HTTP {status} without a JSON object")
    error = answer.get("error")
    if isinstance(error, dict) and isinstance(error.get("code"), int):
        details = error.get("error_data") or {}
        told = details.get("details") if isinstance(details, dict) else None
        message = str(error.get("error_user_msg") or error.get("message") or "")[:_KEPT_TEXT]
        raise GraphRefused(error["code"], message, details=str(told or "")[:_KEPT_TEXT], status=status)
    if not 200 <= status < 300:
        raise GraphAway(f"HTTP {status} without an error code")
    return answer


@asynccontextmanager
async def open_graph(graph_url: str, version: str) -> AsyncIterator[Graph]:
    """A Graph with few connections: management calls are rare, and limited to 5,000 an hour."""
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=20.0)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar, headers={"User-Agent": "colomba"}) as session:
        yield Graph(session, graph_url, version)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = await response.content.read(MAX_ANSWER + 1)
    while len(body) <= MAX_ANSWER and not response.content.at_eof():
        body += await response.content.read(MAX_ANSWER + 1 - len(body))
    if len(body) > MAX_ANSWER:
        raise GraphAway("the answer is too long")
    return body
