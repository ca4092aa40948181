"""What an orchestrator and Prometheus ask: /livez touches nothing outside, /readyz does, /metrics tells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import shared.metrics

Check = Callable[[], Awaitable[bool]]
CHECK_TIMEOUT: Final = 2.0


async def livez() -> web.Response:
    """Answer as long as the event loop turns."""
    return web.Response(text="ok\n")


async def readyz(checks: Mapping[str, Check], stopping: asyncio.Event) -> web.Response:
    """Answer 200 when every neighbour is there and the process is not stopping, else 503; says which."""
    results = await asyncio.gather(*(_passes(check) for check in checks.values()))
    found = dict(zip(checks, ("ok" if passed else "away" for passed in results), strict=True))
    if stopping.is_set():
        found["process"] = "stopping"
    status = 200 if all(results) and not stopping.is_set() else 503
    return web.Response(status=status, body=orjson.dumps(found), content_type="application/json")


async def metrics() -> web.Response:
    """Give every metric in Prometheus' text format."""
    shared.metrics.TASKS.set(len(asyncio.all_tasks()))
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def routes(checks: Mapping[str, Check], stopping: asyncio.Event) -> list[web.RouteDef]:
    """Give the three routes, for an aiohttp application."""

    async def on_livez(_request: web.Request) -> web.Response:
        return await livez()

    async def on_readyz(_request: web.Request) -> web.Response:
        return await readyz(checks, stopping)

    async def on_metrics(_request: web.Request) -> web.Response:
        return await metrics()

    return [web.get("/livez", on_livez), web.get("/readyz", on_readyz), web.get("/metrics", on_metrics)]


async def _passes(check: Check) -> bool:
    """Ask one neighbour, within a time limit; a check that raises a connection error has not passed."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await check()
    except (OSError, TimeoutError):
        return False
