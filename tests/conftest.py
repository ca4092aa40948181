"""The broker and the database every test uses, and nothing else.

One fixture, `neighbours`, decides where they come from: URLs in the environment (TEST_POSTGRES_DSN, TEST_AMQP_URL),
else testcontainers where a Docker engine answers, else the private nodes of this checkout. Each test that asks gets a
database of its own, cloned from a migrated template, and a virtual host of its own.
"""

import logging as stdlib_logging
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import asyncpg
import pytest
import structlog
from hypothesis import settings

from sender_service.store import database
from shared import logging
from tests import neighbours as sources
from tests.databases import Databases, create, drop, with_database
from tests.vhosts import Vhosts

# No property fails for being slow.
settings.register_profile("colomba", deadline=None)
settings.load_profile("colomba")


@pytest.fixture(autouse=True)
def logging_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test may run a whole program in here: what it configures ends with it, and so does the stream it wrote to."""
    monkeypatch.setattr(logging, "CACHED", False)
    before, root = structlog.get_config(), stdlib_logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def neighbours() -> Iterator[sources.Neighbours]:
    with sources.find() as found:
        yield found


@pytest.fixture(scope="session")
def databases(neighbours: sources.Neighbours) -> Iterator[Databases]:
    opened = Databases(neighbours.postgres_dsn)
    yield opened
    opened.close()


@pytest.fixture
def postgres_dsn(databases: Databases) -> Iterator[str]:
    """A fresh migrated database."""
    name = databases.take()
    yield with_database(databases.server_dsn, name)
    databases.give_back(name)


@pytest.fixture
def empty_postgres_dsn(neighbours: sources.Neighbours) -> Iterator[str]:
    """A fresh database without any table."""
    name = f"colomba_test_{uuid4().hex[:12]}"
    create(neighbours.postgres_dsn, name)
    yield with_database(neighbours.postgres_dsn, name)
    drop(neighbours.postgres_dsn, name)


@pytest.fixture
async def pool(postgres_dsn: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    async with database.open_pool(postgres_dsn) as opened:
        yield opened


@pytest.fixture(scope="session")
def vhosts(neighbours: sources.Neighbours) -> Vhosts:
    return Vhosts(neighbours.amqp_url, neighbours.management_url)


@pytest.fixture
def amqp_url(vhosts: Vhosts) -> Iterator[str]:
    """A fresh virtual host without any exchange or queue of ours."""
    name = f"colomba-test-{uuid4().hex[:12]}"
    vhosts.create(name)
    yield vhosts.url(name)
    vhosts.delete(name)
