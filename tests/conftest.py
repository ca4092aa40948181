"""The broker and the database every test uses, and nothing else.

One fixture, `neighbours`, decides where they come from: URLs in the environment (TEST_POSTGRES_DSN, TEST_AMQP_URL),
else testcontainers where a Docker engine answers, else the private nodes of this checkout. Each test that asks gets a
database of its own, cloned from a migrated template, and a virtual host of its own.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import psycopg
import pytest
from psycopg import sql

from sender_service.store import database, migrations
from tests import neighbours as sources
from tests.vhosts import Vhosts


@dataclass(frozen=True, slots=True)
class Template:
    """A migrated database nobody is connected to."""

    server: str
    name: str


@pytest.fixture(scope="session")
def neighbours() -> Iterator[sources.Neighbours]:
    with sources.find() as found:
        yield found


@pytest.fixture(scope="session")
def template(neighbours: sources.Neighbours) -> Iterator[Template]:
    name = f"colomba_template_{uuid4().hex[:12]}"
    with _server(neighbours.postgres_dsn) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        migrations.migrate(with_database(neighbours.postgres_dsn, name))
        yield Template(neighbours.postgres_dsn, name)
    finally:
        drop_database(neighbours.postgres_dsn, name)


@pytest.fixture
def postgres_dsn(template: Template) -> Iterator[str]:
    """A fresh migrated database."""
    name = f"colomba_test_{uuid4().hex[:12]}"
    with _server(template.server) as server:
        statement = sql.SQL("create database {} template {}")
        server.execute(statement.format(sql.Identifier(name), sql.Identifier(template.name)))
    try:
        yield with_database(template.server, name)
    finally:
        drop_database(template.server, name)


@pytest.fixture
def empty_postgres_dsn(neighbours: sources.Neighbours) -> Iterator[str]:
    """A fresh database without any table."""
    name = f"colomba_test_{uuid4().hex[:12]}"
    with _server(neighbours.postgres_dsn) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield with_database(neighbours.postgres_dsn, name)
    finally:
        drop_database(neighbours.postgres_dsn, name)


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
    try:
        yield vhosts.url(name)
    finally:
        vhosts.delete(name)


def with_database(dsn: str, name: str) -> str:
    """The same server, another database."""
    return urlsplit(dsn)._replace(path=f"/{name}").geturl()


def drop_database(server_dsn: str, name: str) -> None:
    with _server(server_dsn) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _server(dsn: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(dsn, autocommit=True, connect_timeout=10)
