"""The simulator, opened and closed as one thing."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from aiohttp import web

from deploy.simulator.control import Control, refusals
from deploy.simulator.graph import Graph
from deploy.simulator.options import Options
from deploy.simulator.sends import Sends
from deploy.simulator.wire import Door
from deploy.simulator.world import World

_TICK_S: Final = 0.01
# A kept-alive connection that the server closes just when a send starts on it would look like a lost answer.
_KEEP_ALIVE_S: Final = 86400.0
_UPLOAD_MAX: Final = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator; `url` is what SENDER_GRAPH_URL is set to."""

    url: str
    world: World


@asynccontextmanager
async def running(options: Options) -> AsyncIterator[Simulator]:
    """Listen, tick and deliver until the block is left."""
    world = World(options)
    sends = Sends(world)
    runner = web.AppRunner(_app(world, sends), access_log=None, handle_signals=False, keepalive_timeout=_KEEP_ALIVE_S)
    await runner.setup()
    other = runner.server
    if other is None:
        raise RuntimeError("aiohttp's runner was set up and has no server")
    doors: set[Door] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Door(sends, _latency(options), other, doors), options.host, options.port, backlog=4096
    )
    world.webhooks.start()
    ticker = asyncio.create_task(_tick(world))
    port = server.sockets[0].getsockname()[1]
    try:
        yield Simulator(f"http://{'127.0.0.1' if options.host in {'0.0.0.0', ''} else options.host}:{port}", world)
    finally:
        ticker.cancel()
        server.close()
        await world.webhooks.stop()
        await runner.cleanup()
        for door in tuple(doors):
            door.close()
        await asyncio.sleep(0)


def _app(world: World, sends: Sends) -> web.Application:
    graph = Graph(world, sends)
    app = web.Application(client_max_size=_UPLOAD_MAX, middlewares=[refusals, graph.authenticated])
    app.add_routes(Control(world).routes())
    app.add_routes(graph.routes())
    return app


def _latency(options: Options) -> Callable[[], float]:
    random = Random(options.seed)

    def delay() -> float:
        jitter = options.jitter_ms
        return (options.latency_ms + (random.uniform(-jitter, jitter) if jitter else 0.0)) / 1000.0

    return delay


async def _tick(world: World) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        world.statuses.flush(time.monotonic())
