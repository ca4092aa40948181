"""Calls beside sends: answers, refusals, and answers that are none."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sender_service.cloud_api.graph import Graph, GraphAway, GraphRefused, judged, open_graph


async def test_a_refusal_carries_metas_code(graph):
    with pytest.raises(GraphRefused) as caught:
        await graph.get("no-such-thing", "token")
    assert (caught.value.code, caught.value.status) == (33, 400)


async def test_without_a_token_meta_says_so(graph):
    with pytest.raises(GraphRefused) as caught:
        await graph.get("106540352242922", "")
    assert caught.value.code == 190


async def test_an_expired_token_is_refused(meta, graph):
    meta.world.expired_tokens.add("old")
    with pytest.raises(GraphRefused) as caught:
        await graph.get("106540352242922", "old")
    assert (caught.value.code, caught.value.status) == (190, 401)
    assert (await graph.get("106540352242922", "new"))["id"] == "106540352242922"


async def test_a_neighbour_that_is_not_there_is_away():
    async with open_graph("http://127.0.0.1:9", "v25.0") as graph:
        with pytest.raises(GraphAway, match="ClientConnectorError"):
            await graph.get("1", "token")


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (503, b"<html>", "HTTP 503 without JSON"),
        (200, b"", "HTTP 200 without JSON"),
        (200, b"[]", "HTTP 200 without a JSON object"),
        (500, b"{}", "HTTP 500 without an error code"),
        (400, b'{"error":{"message":"no code"}}', "HTTP 400 without an error code"),
        (302, b"{}", "HTTP 302 without an error code"),
    ],
)
def test_an_answer_that_makes_no_sense_is_none(status, body, reason):
    with pytest.raises(GraphAway) as caught:
        judged(status, body)
    assert caught.value.reason == reason


def test_an_error_is_told_in_metas_words():
    body = b'{"error":{"message":"m","error_user_msg":"Plain words","code":100,"error_data":{"details":"d"}}}'
    with pytest.raises(GraphRefused) as caught:
        judged(200, body)
    error = caught.value
    assert (error.code, error.message, error.details, error.status) == (100, "Plain words", "d", 200)
    assert str(error) == "(100) d"


@pytest.fixture
async def elsewhere() -> AsyncIterator[Graph]:
    """Redirects, and answers without end."""

    async def move(_request: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.1:9/")

    async def flood(_request: web.Request) -> web.Response:
        return web.Response(body=b" " * (1024 * 1024 + 1))

    app = web.Application()
    app.add_routes([web.get("/v25.0/moved", move), web.get("/v25.0/flood", flood)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with open_graph(f"http://127.0.0.1:{runner.addresses[0][1]}/", "v25.0") as graph:
        yield graph
    await runner.cleanup()


async def test_redirects_are_not_followed(elsewhere):
    with pytest.raises(GraphAway, match="HTTP 302"):
        await elsewhere.get("moved", "token")


async def test_an_endless_answer_is_cut(elsewhere):
    with pytest.raises(GraphAway, match="too long"):
        await elsewhere.get("flood", "token")
