"""Bodies that are too long, too slow or cut off: refused in bounded memory and time, and the service goes on."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
from yarl import URL

from sender_service.api import endpoint, upload
from sender_service.api.openapi import openapi
from sender_service.api.routes import PREFIX, ROUTES
from tests.acceptance.api.conftest import Api
from tests.acceptance.api.test_every_route import label, path_of

JSON = {"Content-Type": "application/json"}
READING = [
    route
    for route in ROUTES
    if "requestBody" in openapi(ROUTES, PREFIX)["paths"][PREFIX + route.path][route.method.lower()]
]
PIECE = b" " * (1 << 16)


async def raw(api: Api, path: str, framing: bytes, body: bytes) -> bytes:
    """The head of the answer to a request written by hand."""
    url = URL(api.base)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        f"POST /api/v1{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
        + b"Authorization: Bearer " + api.keys["OWNER"].encode() + b"\r\n" + framing + b"\r\n\r\n" + body
    )  # fmt: skip
    answered = await reader.readuntil(b"\r\n")
    writer.transport.abort()
    return answered


async def stalled() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


@pytest.mark.parametrize("path", ["/messages", "/pipelines", "/templates/send", "/dead-letters/replay"])
async def test_what_is_too_long_is_refused_before_it_is_read(api: Api, path):
    told = await raw(api, path, b"Content-Length: 1048577", b"")
    assert told.startswith(b"HTTP/1.1 413 ")
    untold = b"%x\r\n" % len(PIECE) + PIECE + b"\r\n"
    assert (await raw(api, path, b"Transfer-Encoding: chunked", untold * 17)).startswith(b"HTTP/1.1 413 ")
    assert (await api.get("/pipelines")).status == 200


async def test_every_route_that_reads_gives_a_stalled_body_up(api: Api, monkeypatch):
    monkeypatch.setattr(endpoint, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(upload, "BODY_SECONDS", 0.2)
    for route in READING:
        if route.path == "/media":
            continue  # shown by the tests of uploads
        path = path_of(route)
        kind = "text/csv" if route.path == "/campaigns/{id}" else "application/json"
        answered = await api.call(route.method, path, data=stalled(), headers={"Content-Type": kind})
        # What does not exist may say so before its body is read.
        assert answered.status in {400, 404}, (label(route), answered.status, answered.body)


async def test_a_request_that_breaks_off_does_no_harm(api: Api):
    url = URL(api.base)
    head = b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n"
    key = b"Authorization: Bearer " + api.keys["OWNER"].encode() + b"\r\n\r\n"
    for part in (b"", head[:20], head + key, head + key + b'{"to": "+39'):
        _reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(part)
        await writer.drain()
        writer.transport.abort()
    assert (await api.get("/messages")).ok()["total"] == 0


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "x-bomb"])
async def test_a_body_that_would_grow_is_not_unpacked(api: Api, encoding):
    headers = JSON | {"Content-Encoding": encoding}
    answered = await api.call("POST", "/messages", data=b"\x1f\x8b" + bytes(100), headers=headers)
    answered.refused(415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET /api/v1/messages?q=" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/messages HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 9_000 + b"\r\n\r\n",
        b"GET /api/v1/messages HTTP/1.1\r\nHost: x\r\nX-Odd: a\x00b\r\n\r\n",
        b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /api/v1/messages HTTP/9.9\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_in_our_words(api: Api, request_):
    url = URL(api.base)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request_)
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.read()
    writer.close()
    assert head.split()[1] == b"400"
    assert b"application/problem+json" in head
    assert b"aiohttp" not in head
    assert orjson.loads(body)["errorCode"] == "BAD_REQUEST"
    assert b"aaaa" not in body
    assert (await api.get("/pipelines")).status == 200
