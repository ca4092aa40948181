"""What the running service holds open: a publisher and a listening socket; opened in this order, closed in reverse."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from ingress_service.app import Ingress
from ingress_service.body import BodyReader
from ingress_service.settings import Settings, apps
from ingress_service.webhook import WebhookStory
from shared.logging import get_logger
from shared.messaging.publisher import Publisher

BACKLOG: Final = 4096
KEEP_ALIVE: Final = 75.0
# How long an answered connection may still send a body nobody wants, before it is closed.
LINGERING: Final = 2.0

_log = get_logger(__name__)


async def serve(settings: Settings, stopping: asyncio.Event) -> None:
    """Take webhooks until stopping, then finish those in hand: answered 200 means confirmed, also now."""
    configured = apps(settings)
    async with Publisher(settings.amqp_url, "colomba ingress", timeout=settings.publish_timeout) as publisher:

        async def broker() -> bool:
            return publisher.is_ready

        story = WebhookStory(publisher)
        ingress = Ingress(
            configured, story, {"broker": broker}, BodyReader(settings.body_timeout, settings.max_held_bytes), stopping
        )
        runner = await _listen(ingress, settings)
        try:
            await stopping.wait()
        finally:
            await _stop(runner, ingress, settings.shutdown_grace)


async def _listen(ingress: Ingress, settings: Settings) -> web.ServerRunner:
    """Open the socket; says on which port, for 0 means any."""
    server = web.Server(
        ingress, access_log=None, auto_decompress=False, lingering_time=LINGERING, keepalive_timeout=KEEP_ALIVE
    )
    runner = web.ServerRunner(server, shutdown_timeout=settings.shutdown_grace)
    await runner.setup()
    await web.TCPSite(runner, port=settings.port, backlog=BACKLOG).start()
    _log.info("ingress.listening", address=str(runner.addresses[0][1]), apps=sorted(ingress.apps))
    return runner


async def _stop(runner: web.ServerRunner, ingress: Ingress, grace: float) -> None:
    """Stop accepting, answer what is in hand, close."""
    for site in list(runner.sites):
        await site.stop()
    await ingress.finished(grace)
    await runner.cleanup()
