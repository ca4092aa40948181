"""What the ingress tests share: the service itself, raw HTTP to talk to it, and signatures."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import orjson

from ingress_service.runtime import serve
from ingress_service.settings import Settings
from tests.waiting import until

SECRET = "the app's secret"
PATH = "/webhooks/whatsapp"
BODY = b'{"object":"whatsapp_business_account","entry":[]}'


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers in lower case, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error_code(self) -> object:
        return orjson.loads(self.body)["errorCode"]


@dataclass(slots=True)
class Client:
    """A raw connection: sends exactly the bytes a test wants sent."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))
        await self.writer.drain()

    async def answer(self) -> Answer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(first.split()[1]), headers, body)

    def close(self) -> None:
        self.writer.close()


@dataclass(slots=True)
class Service:
    """A running ingress."""

    port: int
    stopping: asyncio.Event
    running: asyncio.Task[None]
    clients: list[Client] = field(default_factory=list)

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client

    async def request(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        client = await self.connect()
        await client.send(head(method, path, {"Content-Length": str(len(body))} | (headers or {})), body)
        answer = await client.answer()
        client.close()
        return answer

    async def get(self, path: str) -> Answer:
        return await self.request("GET", path)

    async def post(self, body: bytes = BODY, *, path: str = PATH, secret: str = SECRET, **headers: str) -> Answer:
        given = {"X-Hub-Signature-256": signature(body, secret)}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.request("POST", path, given, body)

    async def is_ready(self) -> bool:
        return (await self.get("/readyz")).status == 200


def head(method: str, path: str, headers: dict[str, str]) -> bytes:
    """The head of a request, with a Host."""
    lines = [f"{method} {path} HTTP/1.1", "Host: ingress", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@contextlib.asynccontextmanager
async def ingress(amqp_url: str, *, ready: bool = True, **settings: object) -> AsyncIterator[Service]:
    """Run the service in this process for as long as the block lasts."""
    port = free_port()
    chosen = Settings.model_validate(
        {"amqp_url": amqp_url, "port": port, "app_secrets": SECRET, "verify_token": "the token"} | settings
    )
    stopping = asyncio.Event()
    service = Service(port, stopping, asyncio.create_task(serve(chosen, stopping)))
    try:
        await until(lambda: _listens(service))
        if ready:
            await until(service.is_ready)
        yield service
    finally:
        stopping.set()
        for client in service.clients:
            client.close()
        await service.running


async def _listens(service: Service) -> bool:
    if service.running.done():
        await service.running
    try:
        return (await service.get("/livez")).status == 200
    except OSError:
        return False
