"""Media of the Graph API: upload, address, download, deletion."""

from aiohttp import BodyPartReader, web

from deploy.simulator.errors import problem
from deploy.simulator.faults import MEDIA
from deploy.simulator.media_store import Medium, upload_problem
from deploy.simulator.replies import answer, refused, token_of
from deploy.simulator.world import World


class GraphMedia:
    """The handlers."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/{version}/{id}/media", self.upload), web.get("/_media/{id}", self.download)]

    async def upload(self, request: web.Request) -> web.Response:
        """Multipart with messaging_product, type and file."""
        number = self._world.numbers.get(request.match_info["id"])
        if number is None:
            return refused(self._world, problem(33))
        fields: dict[str, str] = {}
        content, declared = b"", ""
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "file":
                content, declared = await part.read(), part.headers.get("Content-Type", "")
            else:
                fields[str(part.name)] = await part.text()
        kind = fields.get("type") or declared
        if fields.get("messaging_product") != "whatsapp":
            return refused(self._world, problem(100, "(#100) The parameter messaging_product is required."))
        wrong = upload_problem(kind, len(content))
        if wrong is not None:
            return refused(self._world, wrong)
        return answer({"id": self._world.media.add(content, kind, number.id).id})

    def shown(self, request: web.Request, medium: Medium) -> web.Response:
        """What `GET /{media-id}` tells."""
        return answer(
            {
                "messaging_product": "whatsapp",
                "url": self._world.media.address(medium, request.host),
                "mime_type": medium.mime_type,
                "sha256": medium.sha256,
                "file_size": len(medium.content),
                "id": medium.id,
            }
        )

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes; 404 once the address has expired, 401 without the token."""
        media_id = request.match_info["id"]
        medium = self._world.media.find(media_id)
        if not token_of(request):
            return web.Response(status=401)
        fault = self._world.faults.draw(MEDIA, number=(medium.number_id or "") if medium else "")
        valid = self._world.media.opens(media_id, request.query.get("ext", ""), request.query.get("hash", ""))
        if medium is None or not valid or (fault is not None and fault.fault != "media_cut"):
            return web.Response(status=404)
        if fault is None:
            return web.Response(body=medium.content, content_type=medium.mime_type.partition(";")[0].strip())
        return await _cut(request, medium, fault.after_bytes)


async def _cut(request: web.Request, medium: Medium, after: int) -> web.StreamResponse:
    """Promise the whole file, send a part, and hang up."""
    response = web.StreamResponse(headers={"Content-Length": str(len(medium.content))})
    await response.prepare(request)
    await response.write(medium.content[:after])
    if request.transport is not None:
        request.transport.close()
    return response
