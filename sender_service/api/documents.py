"""What programs and people read first: /openapi.json, /asyncapi.json, /schemas/… and a page without scripts."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

import orjson
from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from sender_service.api.openapi import openapi
from sender_service.api.route import Route
from shared.contracts import documents

_PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_CACHED: Final = {"Cache-Control": "max-age=300"}
Serve = Callable[[web.Request], Awaitable[web.Response]]


def add_documents(app: web.Application, routes: Sequence[Route], prefix: str) -> None:
    """Serve the documents of these routes; they hold nothing secret and need no key."""

    @cache
    def described() -> dict[str, Any]:
        return openapi(routes, prefix)

    @cache
    def page() -> str:
        return render(described())

    async def document(_request: web.Request) -> web.Response:
        return _json(described())

    async def docs(_request: web.Request) -> web.Response:
        return web.Response(text=page(), content_type="text/html", headers=_PAGE_HEADERS)

    app.router.add_get("/openapi.json", document)
    app.router.add_get("/docs", docs)
    app.router.add_get("/docs.css", _style)
    app.router.add_get("/asyncapi.json", _asyncapi)
    app.router.add_get("/schemas/{name}", _schema)


def render(document: dict[str, Any]) -> str:
    """The browsable page of an OpenAPI document."""
    environment = Environment(
        loader=PackageLoader("sender_service.api", "pages"), autoescape=select_autoescape(default=True),
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["pretty"] = _pretty
    by_tag: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append({"path": path, "method": method.upper(), **operation})
    return environment.get_template("docs.html").render(document=document, by_tag=by_tag)


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _json(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json", headers=_CACHED)


async def _style(_request: web.Request) -> web.Response:
    text = resources.files("sender_service.api").joinpath("pages/docs.css").read_text()
    return web.Response(text=text, content_type="text/css", headers=_CACHED)


async def _asyncapi(_request: web.Request) -> web.Response:
    return _json(documents.asyncapi())


async def _schema(request: web.Request) -> web.Response:
    schema = documents.schemas().get(request.match_info["name"])
    if schema is None:
        raise web.HTTPNotFound
    return _json(schema)
