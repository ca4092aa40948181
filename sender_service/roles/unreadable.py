"""Requests that never reach a route, being no HTTP or too long in their head: refused like everything else."""

from typing import Any

import orjson
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

_CODES = {400: ("BAD_REQUEST", "The request could not be read"), 500: ("INTERNAL", "Something went wrong here")}


class Runner(web.AppRunner):
    """An application whose every refusal is a problem document, also those of the library beneath it."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        # The library asks the server for a handler of each connection and lets nobody choose its type.
        made.__class__ = _Server
        return made


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    __slots__ = ()

    def handle_error(
        self, request: Any, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """In our words: the library's quote what came, and its log line would too."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun and cannot become another one")
        if status >= 500:
            return self._told(super().handle_error(request, status, exc, message), status)
        return self._told(web.Response(status=status), status)

    def _told(self, answer: Any, status: int) -> web.StreamResponse:
        code, title = _CODES.get(status, _CODES[400 if status < 500 else 500])
        body = {"type": "about:blank", "title": title, "status": status, "errorCode": code, "detail": title}
        answer.body = orjson.dumps(body | {"instance": ""})
        answer.content_type = "application/problem+json"
        answer.headers["Server"] = "colomba"
        answer.force_close()
        told: web.StreamResponse = answer
        return told
