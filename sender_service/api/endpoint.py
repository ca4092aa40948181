"""Turns a route into an aiohttp handler: authenticate, allow, read, validate, call, answer. In that order."""

import asyncio
from typing import Any

import orjson
from aiohttp import web
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sender_service.api.authenticate import authenticate
from sender_service.api.limits import Buckets
from sender_service.api.problems import Handler, Problem
from sender_service.api.route import Call, Nothing, Ready, Reply, Route
from sender_service.runtime import Runtime

BODY_SECONDS = 30.0


def endpoint(route: Route, runtime: Runtime, limits: Buckets) -> Handler:
    """The aiohttp handler of one route."""
    body_adapter: TypeAdapter[Any] | None = TypeAdapter(route.body) if route.body is not None else None
    answer_adapter: TypeAdapter[Any] | None = TypeAdapter(route.answer) if route.answer is not None else None

    async def handle(request: web.Request) -> web.StreamResponse:
        actor = await authenticate(runtime, request)
        limits.take(actor.key_id)
        if not actor.may(route.role):
            raise Problem("FORBIDDEN", f"needs the role {route.role.name}")
        call = Call(
            runtime=runtime,
            actor=actor,
            path=_path(request),
            query=_query(route, request),
            body=await _body(route, body_adapter, request),
            request=request,
        )
        return _answer(route, answer_adapter, await route.handler(call))

    return handle


def _path(request: web.Request) -> dict[str, str]:
    """The parts of the path; NUL can stand in no column, so no such thing exists."""
    if any("\x00" in part for part in request.match_info.values()):
        raise Problem("NOT_FOUND")
    return dict(request.match_info)


def _query(route: Route, request: web.Request) -> Any:
    """The query parameters through the route's model; a repeated parameter is refused, not guessed at."""
    names = [name for name, _ in request.query.items()]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise _invalid([{"field": name, "problem": "is given more than once"} for name in sorted(repeated)])
    if any("\x00" in value for value in request.query.values()):
        raise _invalid([{"field": "query", "problem": "holds a NUL character"}])
    try:
        return route.query.model_validate(dict(request.query))
    except ValidationError as error:
        raise _invalid(_fields(error.errors(include_url=False, include_input=False))) from None


async def _body(route: Route, adapter: TypeAdapter[Any] | None, request: web.Request) -> Any:
    """The JSON body through the route's model, or nothing where the route reads none."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "Content-Encoding is not read")
    if adapter is None:
        return Nothing()
    raw = await read(request, route.max_bytes)
    if not raw and route.optional_body:
        raw = b"{}"
    elif request.content_type != "application/json":
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "send application/json")
    return _validated(adapter, raw)


async def read_json(request: web.Request, form: Any, max_bytes: int) -> Any:
    """A JSON body through a model, for handlers that read one of several types themselves."""
    return _validated(TypeAdapter(form), await read(request, max_bytes))


async def read_text(request: web.Request, max_bytes: int) -> str:
    """A body of UTF-8 text without NUL, with or without a byte order mark."""
    try:
        text = (await read(request, max_bytes)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("BAD_REQUEST", "the body is not UTF-8") from None
    if "\x00" in text:
        raise _invalid([{"field": "body", "problem": "holds a NUL character"}])
    return text


def _validated(adapter: TypeAdapter[Any], raw: bytes) -> Any:
    try:
        return adapter.validate_python(_json(raw))
    except ValidationError as error:
        raise _invalid(_fields(error.errors(include_url=False, include_input=False))) from None


async def read(request: web.Request, max_bytes: int) -> bytes:
    """The whole body, bounded in size and time."""
    if (request.content_length or 0) > max_bytes:
        raise Problem("PAYLOAD_TOO_LARGE", f"at most {max_bytes} bytes")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_chunked(1 << 16):
                body += chunk
                if len(body) > max_bytes:
                    raise Problem("PAYLOAD_TOO_LARGE", f"at most {max_bytes} bytes")
    except TimeoutError:
        raise Problem("BAD_REQUEST", "the body did not arrive in time") from None
    return bytes(body)


def _json(raw: bytes) -> Any:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem("BAD_REQUEST", f"the body is not JSON: {error.msg} at byte {error.pos}") from None
    if b"\\u0000" in raw and "\x00" in orjson.dumps(value).decode("unicode-escape", "replace"):
        raise _invalid([{"field": "body", "problem": "holds a NUL character"}])
    return value


def _answer(route: Route, adapter: TypeAdapter[Any] | None, value: Any) -> web.StreamResponse:
    if isinstance(value, web.StreamResponse):
        return value
    if isinstance(value, Ready):
        body = orjson.dumps(value.value, default=dict, option=orjson.OPT_UTC_Z)
        return web.Response(status=route.status, body=body, content_type="application/json")
    reply = value if isinstance(value, Reply) else Reply(value)
    status = reply.status or route.status
    if adapter is None:
        return web.Response(status=status, headers=reply.headers)
    body = adapter.dump_json(adapter.validate_python(reply.value), by_alias=True)
    return web.Response(status=status, body=body, content_type="application/json", headers=reply.headers)


def _fields(errors: list[ErrorDetails]) -> list[dict[str, str]]:
    return [{"field": field or "body", "problem": problem} for field, problem in map(told, errors[:20])]


def told(error: ErrorDetails) -> tuple[str, str]:
    """Field and problem of an error, without the value: it may be a phone number or a text."""
    return ".".join(str(part) for part in error["loc"]), error["msg"].removeprefix("Value error, ")


def _invalid(errors: list[dict[str, str]]) -> Problem:
    first = errors[0]
    return Problem("VALIDATION_FAILED", f"{first['field']}: {first['problem']}", errors=errors)
