"""A simulator, somebody who takes its webhooks, and somebody who sends."""

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession, web

from deploy.simulator.options import Options
from deploy.simulator.server import Simulator, running

SECRET = "simulator-secret"
NUMBER = "106540352242922"


@dataclass(slots=True)
class Receiver:
    """Takes webhooks; `answers` are the next HTTP statuses, 200 when there are none."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    refused: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            right = request.query["hub.verify_token"] == "simulator-verify"
            return web.Response(status=200 if right else 403, text=request.query["hub.challenge"])
        body = await request.read()
        expected = hmac.digest(SECRET.encode(), body, "sha256").hex()
        assert request.headers["X-Hub-Signature-256"] == f"sha256={expected}"
        assert request.headers["Content-Type"] == "application/json"
        if self.answers and (status := self.answers.pop(0)) != 200:
            self.refused += 1
            return web.Response(status=status)
        self.raw.append(body)
        self.bodies.append(orjson.loads(body))
        return web.Response()

    def values(self) -> list[dict[str, Any]]:
        return [change["value"] for body in self.bodies for entry in body["entry"] for change in entry["changes"]]

    def statuses(self) -> list[dict[str, Any]]:
        return [status for value in self.values() for status in value.get("statuses", ())]

    def messages(self) -> list[dict[str, Any]]:
        return [message for value in self.values() for message in value.get("messages", ())]


@dataclass(slots=True)
class Client:
    """Talks to the simulator as a sender and as a judge."""

    session: ClientSession
    url: str

    async def send(self, *, number: str = NUMBER, token: str = "token", **changes: Any) -> tuple[int, dict[str, Any]]:
        return await self.post(f"/v25.0/{number}/messages", message(**changes), token=token)

    async def code(self, **changes: Any) -> int | None:
        """The error code of a send; None if it was accepted."""
        _, answer = await self.send(**changes)
        code: int | None = answer.get("error", {}).get("code")
        return code

    async def post(self, path: str, body: Any, *, token: str = "token") -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.session.post(self.url + path, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> dict[str, Any]:
        async with self.session.get(self.url + path, headers={"Authorization": "Bearer token"}) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def fault(self, *orders: dict[str, Any]) -> None:
        status, answer = await self.post("/_sim/faults", list(orders))
        assert status == 200, answer

    async def ledger(self, query: str = "") -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = (await self.get(f"/_sim/ledger{query}"))["messages"]
        return messages


def message(**changes: Any) -> dict[str, Any]:
    """A text to one person, changed."""
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+529983162438",
        "type": "text",
        "text": {"body": "Hola"},
        "biz_opaque_callback_data": "t.1.1",
    }
    return {key: value for key, value in (body | changes).items() if value is not None}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/hook", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
def options(receiver: Receiver) -> Options:
    return Options(webhook_url=receiver.url, latency_ms=0.0, status_delay_s=0.0, retry_first_s=0.01, retry_max_s=0.05)


@pytest.fixture
async def meta(options: Options) -> AsyncIterator[Simulator]:
    async with running(options) as simulator:
        yield simulator


@pytest.fixture
async def client(meta: Simulator) -> AsyncIterator[Client]:
    async with ClientSession() as session:
        yield Client(session, meta.url)
