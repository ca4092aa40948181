"""The API as an aiohttp application, built from the route table."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from aiohttp import web

from sender_service.api.authenticate import STRANGERS, Strangers
from sender_service.api.documents import add_documents
from sender_service.api.endpoint import endpoint
from sender_service.api.limits import Buckets
from sender_service.api.live import add_live
from sender_service.api.problems import Handler, problems
from sender_service.api.route import Route
from sender_service.api.routes import PREFIX, ROUTES
from sender_service.runtime import Runtime
from shared import metrics

log = structlog.get_logger(__name__)
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
# The client hung up before there was an answer; the number that proxies write into their logs.
_GONE = 499
_ASKED_ALL_THE_TIME = frozenset({"/livez", "/readyz", "/metrics"})


def api_app(runtime: Runtime, routes: Sequence[Route] = ROUTES) -> web.Application:
    """The application below `/`; health routes are added by the role that serves it."""
    # aiohttp must not decompress: a body is read as it came, and bounded by its route.
    app = web.Application(middlewares=[measured, problems], client_max_size=1 << 30)
    app.on_response_prepare.append(hardened)
    app[STRANGERS] = Strangers(runtime.settings.api_failures)
    limits = Buckets(rate=runtime.settings.api_rate, burst=runtime.settings.api_rate * 2)
    add_live(app, runtime)
    add_documents(app, routes, PREFIX)
    for route in routes:
        app.router.add_route(route.method, PREFIX + route.path, endpoint(route, runtime, limits), name=None)
    return app


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One wide line and one observation per request; the path's pattern, never its ids."""
    started = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
    except asyncio.CancelledError:
        status = _GONE
        raise
    else:
        status = response.status
        return response
    finally:
        seconds = time.perf_counter() - started
        name = _name(request)
        metrics.API_REQUESTS.labels(name, str(status)).inc()
        metrics.API_SECONDS.labels(name).observe(seconds)
        if request.path not in _ASKED_ALL_THE_TIME:
            log.info("request.answered", route=name, status=status, seconds=round(seconds, 4))


async def hardened(_request: web.Request, response: web.StreamResponse) -> None:
    """No answer is cached or sniffed, none says which library made it; streams neither."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "colomba"


def _name(request: web.Request) -> str:
    """Method and pattern; what no route answers is one name, however many somebody makes up."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical}" if resource is not None else "unknown"
