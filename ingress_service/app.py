"""HTTP in: each path to its deed, each outcome to its answer, one log line for each webhook.

aiohttp's low-level server without its router and middlewares: there are two kinds of paths, and every microsecond is
paid for each webhook.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from ingress_service import errors, signature
from ingress_service.body import BodyReader, check_head
from ingress_service.errors import Refusal, Refused
from ingress_service.webhook import App, WebhookStory, challenge
from shared import health, metrics, tracing
from shared.logging import get_logger

PREFIX: Final = "/webhooks/whatsapp"

_log = get_logger(__name__)
_TAKEN: Final = metrics.INGRESS_WEBHOOKS.labels("200")


@dataclass(slots=True)
class Ingress:
    """Answers every request; `stopping` makes answers close their connections and readiness fail."""

    apps: Mapping[str, App]
    story: WebhookStory
    checks: Mapping[str, health.Check]
    bodies: BodyReader
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _in_flight: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        self._in_flight += 1
        try:
            response = await self._answer(request)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()
        if self.stopping.is_set():
            response.force_close()
        return response

    async def finished(self, seconds: float) -> None:
        """Wait until no request is in hand, at most so many seconds."""
        self._idle.clear()
        if self._in_flight:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._idle.wait()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith(PREFIX):
            return await self._webhook_path(request, path)
        match path:
            case "/livez":
                return await health.livez()
            case "/readyz":
                return await health.readyz(self.checks, self.stopping)
            case "/metrics":
                return await health.metrics()
        return _refusal(errors.NOT_FOUND)

    async def _webhook_path(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        app = self._app(path)
        if app is None:
            return _refusal(errors.APP_UNKNOWN)
        match request.method:
            case "POST":
                return await self._post(request, app)
            case "GET":
                return _challenge(request, app)
        return _refusal(errors.METHOD_NOT_ALLOWED, Allow="GET, POST")

    def _app(self, path: str) -> App | None:
        """Find the app a path names; the bare path is the app without a name."""
        rest = path[len(PREFIX) :]
        if rest in {"", "/"}:
            return self.apps.get("")
        return self.apps.get(rest[1:]) if rest[0] == "/" and len(rest) > 1 else None

    async def _post(self, request: web.BaseRequest, app: App) -> web.StreamResponse:
        """Take one webhook and say so in one line, whatever becomes of it."""
        started = asyncio.get_running_loop().time()
        traceparent = tracing.continued(request.headers.get(tracing.HEADER))
        facts: dict[str, Any] = {"app": app.name, "trace_id": traceparent[3:35]}
        try:
            claim = _checked_head(request)
            body = await self.bodies.read(request)
            facts["bytes"] = len(body)
            facts["message_id"] = await self.story.take(app, claim, body, traceparent)
        except Refused as refused:
            response = _refusal(refused.refusal)
            facts["error_code"] = refused.refusal.error_code
            facts["error"] = str(refused.__cause__) if refused.__cause__ else None
            metrics.INGRESS_WEBHOOKS.labels(str(refused.refusal.status)).inc()
        else:
            response = web.Response()
            _TAKEN.inc()
            metrics.INGRESS_BYTES.inc(facts["bytes"])
        seconds = asyncio.get_running_loop().time() - started
        metrics.INGRESS_SECONDS.observe(seconds)
        _log.info("webhook.received", status=response.status, seconds=round(seconds, 6), **facts)
        return response


def _checked_head(request: web.BaseRequest) -> bytes:
    """Refuse by the head alone what need not be read; gives the digest its signature claims."""
    check_head(request)
    claim = signature.claimed(request.headers.getall(signature.HEADER, ()))
    if claim is None:
        raise Refused(errors.SIGNATURE_INVALID)
    return claim


def _challenge(request: web.BaseRequest, app: App) -> web.StreamResponse:
    """Answer Meta's verification of the address."""
    query = request.query
    try:
        answer = challenge(
            app, query.get("hub.mode", ""), query.getall("hub.verify_token", ()), query.get("hub.challenge", "")
        )
    except Refused as refused:
        response = _refusal(refused.refusal)
    else:
        response = web.Response(text=answer, headers={"X-Content-Type-Options": "nosniff"})
    metrics.INGRESS_CHALLENGES.labels(str(response.status)).inc()
    _log.info("webhook.verification_asked", app=app.name, status=response.status)
    return response


def _refusal(refusal: Refusal, **headers: str) -> web.Response:
    if refusal.status == 503:
        headers["Retry-After"] = "5"
    return web.Response(
        status=refusal.status, body=refusal.body(), content_type="application/problem+json", headers=headers
    )
