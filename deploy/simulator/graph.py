"""Meta's own paths beside the hot path of sends, and who answers them."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from deploy.simulator.errors import problem
from deploy.simulator.graph_media import GraphMedia
from deploy.simulator.graph_numbers import GraphNumbers, shown
from deploy.simulator.graph_templates import GraphTemplates
from deploy.simulator.replies import answer, refused, token_of
from deploy.simulator.sends import Answer, Sends
from deploy.simulator.world import World

_NEVER_S: Final = 3600.0
# Ids of media and templates: one that is gone must not come back as a number nobody has heard of.
_OURS: Final = re.compile(r"[12]0{6}\d{9}$")


class Graph:
    """Sends that came another way than by the door, and objects asked for by their bare id."""

    def __init__(self, world: World, sends: Sends) -> None:
        self._world, self._sends = world, sends
        self._media, self._templates, self._numbers = GraphMedia(world), GraphTemplates(world), GraphNumbers(world)

    def routes(self) -> list[web.RouteDef]:
        parts = [*self._media.routes(), *self._templates.routes(), *self._numbers.routes()]
        own = [
            web.post("/{version}/{id}/messages", self.messages),
            web.get("/{version}/{id}", self.get),
            web.post("/{version}/{id}", self.change),
            web.delete("/{version}/{id}", self.delete),
        ]
        return [*parts, *own]

    @web.middleware
    async def authenticated(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Whatever Meta is asked, it wants a token that counts for the number or account asked about."""
        if request.path.startswith("/_"):
            return await handler(request)
        token = token_of(request)
        if not token or token in self._world.expired_tokens:
            return refused(self._world, problem(190))
        return await handler(request)

    async def messages(self, request: web.Request) -> web.Response:
        """A send with its token in the query, or of unknown length; slower than the door, the same answer."""
        number, body = request.match_info["id"], await request.read()
        sent = self._sends.handle(number, token_of(request), body, now=time.monotonic())
        return await self._late(request, sent)

    async def _late(self, request: web.Request, sent: Answer) -> web.Response:
        """Never, if the answer is silent; else after the usual latency."""
        await asyncio.sleep(_NEVER_S if sent.silent else self._world.options.latency_ms / 1000.0 + sent.extra_s)
        if sent.cut_after is not None and request.transport is not None:
            request.transport.close()
        headers = {"Content-Type": sent.content_type.decode()}
        return web.Response(status=sent.status or 500, body=sent.body, headers=headers)

    async def get(self, request: web.Request) -> web.Response:
        """A medium, a template, a number or a business account."""
        object_id, fields = request.match_info["id"], request.query.get("fields")
        medium = self._world.media.find(object_id)
        if medium is not None:
            return self._media.shown(request, medium)
        template = self._world.catalogue.by_id(object_id)
        if template is not None:
            return answer(template[1].as_dict())
        if object_id in self._world.numbers.accounts():
            return self._numbers.account(object_id, fields)
        number = None if _OURS.match(object_id) else self._world.numbers.get(object_id)
        return refused(self._world, problem(33)) if number is None else answer(shown(number, fields))

    async def change(self, request: web.Request) -> web.Response:
        """Edit a template, or configure a number."""
        object_id = request.match_info["id"]
        template = self._world.catalogue.by_id(object_id)
        if template is not None:
            return await self._templates.edit(request, *template)
        number = self._world.numbers.get(object_id)
        return refused(self._world, problem(33)) if number is None else await self._numbers.configure(request, number)

    async def delete(self, request: web.Request) -> web.Response:
        """Media alone are deleted by their bare id."""
        if self._world.media.find(request.match_info["id"]) is None:
            return refused(self._world, problem(100, "Unsupported delete request."))
        self._world.media.remove(request.match_info["id"])
        return answer({"success": True})
