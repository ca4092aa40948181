"""How the simulator answers and reads on the paths that aiohttp serves."""

from typing import Any

import orjson
from aiohttp import web

from deploy.simulator.errors import Problem
from deploy.simulator.world import World


def answer(content: Any, *, status: int = 200) -> web.Response:
    """JSON."""
    return web.Response(status=status, body=orjson.dumps(content), content_type="application/json")


def refused(world: World, problem: Problem) -> web.Response:
    """An error in the shape of the Graph API."""
    return web.Response(status=problem.status, body=problem.body(world.trace()), content_type="application/json")


async def json_of(request: web.Request) -> Any:
    """The body as JSON; nothing is an empty object."""
    body = await request.read()
    return orjson.loads(body) if body else {}


def token_of(request: web.Request) -> str:
    """The bearer token, or the query's access_token, which the Graph API takes too."""
    header = request.headers.get("Authorization", "")
    return header.partition(" ")[2].strip() or request.query.get("access_token", "")
