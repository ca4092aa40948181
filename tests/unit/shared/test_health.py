import asyncio
import re

import orjson
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from shared import health


async def there():
    return True


async def away():
    return False


async def refusing():
    raise ConnectionRefusedError


async def hanging():
    await asyncio.Event().wait()
    return True


async def asked(checks, path, stopping=None):
    app = web.Application()
    app.add_routes(health.routes(checks, stopping or asyncio.Event()))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path)
        return answer.status, await answer.read()


async def test_livez_asks_nobody():
    assert await asked({"broker": hanging}, "/livez") == (200, b"ok\n")


async def test_ready_when_every_neighbour_is_there():
    status, body = await asked({"broker": there, "database": there}, "/readyz")

    assert (status, orjson.loads(body)) == (200, {"broker": "ok", "database": "ok"})


async def test_not_ready_names_the_neighbour_that_is_away():
    status, body = await asked({"broker": there, "database": refusing, "cache": away}, "/readyz")

    assert (status, orjson.loads(body)) == (503, {"broker": "ok", "database": "away", "cache": "away"})


async def test_a_neighbour_that_hangs_is_away(monkeypatch):
    monkeypatch.setattr(health, "CHECK_TIMEOUT", 0.05)

    status, _ = await asked({"database": hanging}, "/readyz")

    assert status == 503


async def test_a_process_that_is_stopping_is_not_ready():
    stopping = asyncio.Event()
    stopping.set()

    status, body = await asked({"broker": there}, "/readyz", stopping)

    assert (status, orjson.loads(body)["process"]) == (503, "stopping")


async def test_metrics_are_served_in_prometheus_form():
    status, body = await asked({}, "/metrics")

    assert status == 200
    assert b"# TYPE colomba_ingress_webhook_seconds histogram" in body


async def test_the_tasks_of_the_moment_are_told():
    waiting = [asyncio.create_task(asyncio.Event().wait()) for _ in range(50)]
    _, body = await asked({}, "/metrics")
    for task in waiting:
        task.cancel()

    told = re.search(rb"^colomba_tasks (\S+)$", body, re.MULTILINE)
    assert told
    assert float(told[1]) > 50
