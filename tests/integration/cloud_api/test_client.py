import asyncio
import socket

import pytest
from aiohttp import web

from sender_service.cloud_api import client
from sender_service.cloud_api.client import CloudApi, open_session
from sender_service.cloud_api.wire import Accepted, Doubtful, NotSent, Refused
from tests.fakes import cloud_api
from tests.fakes.cloud_api import FakeCloudApi

BODY = {"to": "+1", "type": "text", "text": {"body": "hello"}, "biz_opaque_callback_data": "t.1.1"}


async def let_through(begin):
    return begin()


@pytest.fixture
async def meta():
    async with cloud_api.running() as fake:
        yield fake


@pytest.fixture
async def api(meta: FakeCloudApi):
    async with open_session() as session:
        yield CloudApi(session, meta.url, "v25.0")


async def sent(api: CloudApi, gate=let_through):
    return await api.send("106", "secret-token", BODY, gate=gate)


async def test_one_post_with_token_and_body(api, meta):
    answer = await sent(api)
    [request] = meta.requests
    assert (request.number, request.token, request.body) == ("106", "secret-token", BODY)
    assert isinstance(answer, Accepted)


async def test_a_shut_gate_means_that_nothing_was_sent(api, meta):
    async def shut(begin):
        return NotSent("lease")

    assert await sent(api, shut) == NotSent("lease")
    assert isinstance(await sent(api), Accepted)
    assert len(meta.requests) == 1


async def test_the_gate_is_asked_once_and_only_with_a_connection(api, meta):
    asked = []

    async def gate(begin):
        asked.append(len(meta.requests))
        return begin()

    await sent(api, gate)
    await sent(api, gate)
    assert asked == [0, 1]


async def test_requests_wait_at_their_gate_and_not_for_each_other(api, meta):
    opened = asyncio.Event()

    async def closed_for_now(begin):
        await opened.wait()
        return begin()

    first = asyncio.create_task(sent(api, closed_for_now))
    assert isinstance(await sent(api), Accepted)
    assert len(meta.requests) == 1
    opened.set()
    assert isinstance(await first, Accepted)


async def test_nobody_listening_is_certainly_not_sent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with open_session() as session:
        answer = await sent(CloudApi(session, f"http://127.0.0.1:{port}", "v25.0"))
    assert isinstance(answer, NotSent)
    assert answer.reason.startswith(client.UNREACHABLE)


async def test_a_refusal_is_read_by_its_code(api, meta):
    meta.refuse_next(190, status=401)
    answer = await sent(api)
    assert isinstance(answer, Refused)
    assert answer.code == 190


async def test_a_redirect_is_not_followed_and_is_doubtful(api, meta):
    async def redirect(_):
        return web.Response(status=302, headers={"Location": f"{meta.url}/v25.0/other/messages"})

    meta.answers.append(redirect)
    assert isinstance(await sent(api), Doubtful)
    assert len(meta.requests) == 1


async def test_an_answer_that_never_comes_is_doubtful_and_the_request_is_not_repeated(meta, monkeypatch):
    monkeypatch.setattr(client, "CALL_SECONDS", 0.3)

    async def never(_):
        await asyncio.Event().wait()

    meta.answers.append(never)
    async with open_session() as session:
        answer = await sent(CloudApi(session, meta.url, "v25.0"))
    assert isinstance(answer, Doubtful)
    assert len(meta.requests) == 1


async def test_a_gate_that_takes_too_long_is_not_sent(meta, monkeypatch):
    monkeypatch.setattr(client, "CALL_SECONDS", 0.3)

    async def never(begin):
        await asyncio.Event().wait()

    async with open_session() as session:
        answer = await sent(CloudApi(session, meta.url, "v25.0"), never)
    assert isinstance(answer, NotSent)
    assert meta.requests == []


class Cut:
    """A server that reads a request and then does something of its own with the connection."""

    def __init__(self, answer: bytes, *, reset: bool = False):
        self.answer, self.reset, self.requests = answer, reset, 0

    async def serve(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await reader.read(10)
        self.requests += 1
        writer.write(self.answer)
        await writer.drain()
        if self.reset:
            writer.transport.abort()
        writer.close()


@pytest.mark.parametrize(("answer", "reset"), [
    (b"", False),
    (b"", True),
    (b"nonsense\r\n\r\n", False),
    (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"messages":[{"id":', False),
    (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1_100_000, False),
])  # fmt: skip
async def test_a_connection_that_breaks_after_the_first_byte_is_doubtful(answer, reset):
    cut = Cut(answer, reset=reset)
    server = await asyncio.start_server(cut.serve, "127.0.0.1", 0)
    async with server, open_session() as session:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert isinstance(await sent(CloudApi(session, url, "v25.0")), Doubtful)
        assert cut.requests == 1
