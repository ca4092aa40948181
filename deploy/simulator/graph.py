"""The rest of the Graph API: everything beside the hot path of sends."""

import asyncio
from typing import Final

from aiohttp import web

from deploy.simulator.sends import Answer, Sends
from deploy.simulator.world import World

_NEVER_S: Final = 3600.0


class Graph:
    """The handlers of Meta's own paths."""

    def __init__(self, world: World, sends: Sends) -> None:
        self._world, self._sends = world, sends

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/{version}/{id}/messages", self.messages)]

    async def messages(self, request: web.Request) -> web.Response:
        """A send on a connection that asked for something else before; slower than the door, the same answer."""
        answer = self._sends.handle(request.match_info["id"], token_of(request), await request.read())
        return await self._late(request, answer)

    async def _late(self, request: web.Request, answer: Answer) -> web.Response:
        """Never, if the answer is silent; else after the usual latency."""
        await asyncio.sleep(_NEVER_S if answer.silent else self._world.options.latency_ms / 1000.0 + answer.extra_s)
        if answer.cut_after is not None and request.transport is not None:
            request.transport.close()
        headers = {"Content-Type": answer.content_type.decode()}
        return web.Response(status=answer.status or 500, body=answer.body, headers=headers)


def token_of(request: web.Request) -> str:
    """The bearer token, or the query's access_token, which the Graph API takes too."""
    header = request.headers.get("Authorization", "")
    return header.partition(" ")[2].strip() or request.query.get("access_token", "")
