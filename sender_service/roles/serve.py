"""The HTTP side of every role: health and metrics, and in the api role the API beside them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from sender_service.roles.unreadable import Runner
from sender_service.runtime import Runtime
from sender_service.store import installation
from shared import health
from shared.messaging.errors import NeighbourAway

SHUTDOWN_SECONDS = 10.0
log = structlog.get_logger(__name__)


def health_app(runtime: Runtime) -> web.Application:
    """An application with /livez, /readyz and /metrics."""
    app = web.Application()
    app.add_routes(health_routes(runtime))
    return app


def health_routes(runtime: Runtime) -> list[web.RouteDef]:
    """Ready means: the broker takes publishes and the database answers."""

    async def broker() -> bool:
        return runtime.publisher.is_ready

    async def database() -> bool:
        try:
            return await installation.alive(runtime.pool)
        except NeighbourAway:
            return False

    return health.routes({"broker": broker, "database": database}, runtime.stopping)


@asynccontextmanager
async def serving(runtime: Runtime, app: web.Application) -> AsyncIterator[int]:
    """Listen until the block ends, then finish the requests in flight; the port is the one really taken."""
    runner = Runner(
        app, access_log=None, auto_decompress=False, shutdown_timeout=SHUTDOWN_SECONDS, handler_cancellation=True
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, runtime.settings.host, runtime.settings.port)
        await site.start()
        port: int = runner.addresses[0][1]
        log.info("http.listening", port=port)
        yield port
    finally:
        await runner.cleanup()
