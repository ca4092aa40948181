"""Server-sent events: what happens in the organization, as it happens."""

import asyncio
from time import monotonic
from typing import Final

import structlog
from aiohttp import web

from sender_service.api.authenticate import authenticate
from sender_service.api.live import LIVE, Client
from sender_service.api.problems import Problem
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.live import LiveQuery

# Proxies close what is silent for longer.
HEARTBEAT_SECONDS: Final = 15.0
# A key that was revoked or ran out loses its stream within a minute.
AUTHENTICATE_SECONDS: Final = 60.0
SLOW_SECONDS: Final = 10.0
log = structlog.get_logger(__name__)
_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


async def stream(call: Call[LiveQuery, Nothing]) -> web.StreamResponse:
    """A stream until the client goes, is too slow, or the process stops."""
    response = web.StreamResponse(headers=_HEADERS)
    last_event_id = call.request.headers.get("Last-Event-ID")
    with call.request.app[LIVE].joined(call.organization_id, call.query.names, last_event_id) as client:
        await response.prepare(call.request)
        try:
            await _write(response, b"retry: 2000\n\n")
            await _pump(call, client, response)
        except (ConnectionError, TimeoutError):
            _hang_up(call.request)
        except Problem as over:
            log.info("live.key_over", organization_id=call.organization_id, reason=over.code)
    return response


def _hang_up(request: web.Request) -> None:
    """A client that takes nothing would hold the end of the stream up too."""
    if request.transport is not None:
        request.transport.abort()


async def _pump(call: Call[LiveQuery, Nothing], client: Client, response: web.StreamResponse) -> None:
    """Frames as they come, a comment when there are none."""
    checked = monotonic()
    while (frame := await _next(client)) is not None:
        if monotonic() - checked > AUTHENTICATE_SECONDS:
            await authenticate(call.runtime, call.request)
            checked = monotonic()
        await _write(response, frame)


async def _next(client: Client) -> bytes | None:
    """The next frame, a comment when none came for a while, None at the end."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            return await client.waiting.get()
    except TimeoutError:
        return b": still here\n\n"


async def _write(response: web.StreamResponse, data: bytes) -> None:
    """Raises TimeoutError when the client takes nothing for too long."""
    async with asyncio.timeout(SLOW_SECONDS):
        await response.write(data)
