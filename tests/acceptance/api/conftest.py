"""The API as it runs: over HTTP, on a real database and broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from deploy.simulator.options import Options
from deploy.simulator.server import Simulator, running
from sender_service.access import Role, new_key
from sender_service.api.app import api_app
from sender_service.roles.serve import serving
from sender_service.runtime import Runtime, open_runtime
from sender_service.settings import Settings
from sender_service.store import accounts, api_keys, numbers, organizations
from sender_service.store.database import Connection, Pool, transaction
from shared.messaging.topology import declare

NUMBER, OTHER_NUMBER = "106540352242922", "206540352242922"
ACCOUNT, OTHER_ACCOUNT = "102290129340398", "202290129340398"


@dataclass(slots=True)
class Api:
    """A client that speaks with one key; `as_` speaks with another."""

    base: str
    session: aiohttp.ClientSession
    runtime: Runtime
    organization: int
    keys: dict[str, str] = field(default_factory=dict)
    who: str = "OWNER"

    def as_(self, who: str) -> "Api":
        return Api(self.base, self.session, self.runtime, self.organization, self.keys, who)

    async def call(self, method: str, path: str, **options: Any) -> "Answered":
        headers = {"Authorization": f"Bearer {self.keys[self.who]}"} | options.pop("headers", {})
        async with self.session.request(method, f"{self.base}/api/v1{path}", headers=headers, **options) as response:
            body = await response.read()
            return Answered(response.status, body, dict(response.headers), response.content_type)

    async def get(self, path: str, **options: Any) -> "Answered":
        return await self.call("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> "Answered":
        return await self.call("POST", path, json={} if json is None else json, **options)

    async def patch(self, path: str, json: Any, **options: Any) -> "Answered":
        return await self.call("PATCH", path, json=json, **options)

    async def delete(self, path: str, **options: Any) -> "Answered":
        return await self.call("DELETE", path, **options)

    @property
    def pool(self) -> Pool:
        return self.runtime.pool


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes
    headers: dict[str, str]
    content_type: str

    def json(self) -> Any:
        import orjson

        return orjson.loads(self.body)

    def ok(self, status: int = 200) -> Any:
        """The body of an answer that has this status; the body shows why when it has not."""
        assert self.status == status, (self.status, self.body)
        return self.json() if self.body else None

    def refused(self, status: int, code: str) -> Any:
        """The problem document of a refusal."""
        assert self.status == status, (self.status, self.body)
        problem = self.json()
        assert self.content_type == "application/problem+json"
        assert problem["errorCode"] == code
        assert problem["status"] == status
        return problem


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Meta's side."""
    async with running(Options(port=0)) as opened:
        yield opened


@pytest.fixture
def settings(postgres_dsn: str, amqp_url: str, simulator: Simulator, tmp_path: Path) -> Settings:
    return settings_of(postgres_dsn, amqp_url, simulator.url, tmp_path)


def settings_of(postgres_dsn: str, amqp_url: str, graph_url: str, media: Path) -> Settings:
    return Settings(
        media_url=f"file:{media}",
        graph_url=graph_url,
        amqp_url=SecretStr(amqp_url),
        postgres_dsn=SecretStr(postgres_dsn),
        host="127.0.0.1",
        port=0,
        encryption_keys=SecretStr(Fernet.generate_key().decode()),
        api_rate=1000,
        api_failures=100_000,
    )


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with opened(settings) as api:
        yield api


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Api]:
    """Two organizations with a number each; keys of every role in the first, an owner's in the second."""
    await declare(settings.amqp_url.get_secret_value())
    async with open_runtime(settings, "api") as runtime, aiohttp.ClientSession() as session:
        relay = asyncio.create_task(runtime.relay.run(runtime.stopping))
        async with transaction(runtime.pool) as conn:
            mine = await _organization(conn, "mine", number=NUMBER, account=ACCOUNT, digits="390612345678")
            other = await _organization(conn, "other", number=OTHER_NUMBER, account=OTHER_ACCOUNT, digits="34911234567")
            keys = {role.name: await make_key(conn, mine, role.name) for role in Role}
            keys["OTHER"] = await make_key(conn, other, "OWNER")
        async with serving(runtime, api_app(runtime)) as port:
            yield Api(f"http://127.0.0.1:{port}", session, runtime, mine, keys)
        runtime.stopping.set()
        await relay


async def make_key(conn: Connection, organization_id: int, role: str) -> str:
    key = new_key()
    await api_keys.insert(
        conn, organization_id, name=role, role=role, prefix=key.prefix, secret_hash=key.hash, created_by="test"
    )
    return key.text


async def _organization(conn: Connection, name: str, *, number: str, account: str, digits: str) -> int:
    organization_id, _ = await organizations.create(conn, name)
    await accounts.ensure(conn, organization_id, account)
    await numbers.ensure(conn, organization_id, number, account_id=account, digits=digits, display=f"+{digits}")
    return organization_id
