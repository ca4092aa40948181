"""Meta at the other end of a real socket: the test reads what arrived and scripts the answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answering = Callable[[dict[str, Any]], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; `at` is when its head was read."""

    number: str
    token: str
    body: dict[str, Any]
    at: float

    @property
    def attempt_id(self) -> str:
        return str(self.body.get("biz_opaque_callback_data"))


@dataclass(slots=True)
class FakeCloudApi:
    """Accepts everything after `delay` seconds, unless `judge` answers all or `answers` has one for the next."""

    url: str = ""
    delay: float = 0.0
    requests: list[Request] = field(default_factory=list)
    answers: list[Answering] = field(default_factory=list)
    judge: Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]] | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        at = time.monotonic()
        body = await request.json()
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.requests.append(Request(request.match_info["number"], token, body, at))
        if self.judge is not None:
            return await self.judge(request, body)
        if self.answers:
            return await self.answers.pop(0)(body)
        if self.delay:
            await asyncio.sleep(self.delay)
        return accepted(body, len(self.requests))

    def refuse_next(self, code: int, *, status: int = 400, times: int = 1) -> None:
        """The next answers are this error."""

        async def refuse(_: dict[str, Any]) -> web.StreamResponse:
            return error(code, status=status)

        self.answers += [refuse] * times


def accepted(body: dict[str, Any], place: int = 0) -> web.Response:
    if body.get("status") == "read":
        return web.json_response({"success": True})
    who = body.get("to") or body.get("recipient")
    return web.json_response(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": who, "wa_id": str(who).lstrip("+")}],
            "messages": [{"id": f"wamid.{body.get('biz_opaque_callback_data')}.{place}"}],
        }
    )


def error(code: int, *, status: int = 400) -> web.Response:
    body = {"message": f"(#{code}) refused", "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return web.json_response({"error": body}, status=status)


@asynccontextmanager
async def running() -> AsyncIterator[FakeCloudApi]:
    """A fake on a free port of this machine."""
    fake = FakeCloudApi()
    app = web.Application()
    app.router.add_post("/{version}/{number}/messages", fake.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        await runner.cleanup()
