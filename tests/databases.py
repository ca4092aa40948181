"""Databases cloned from a migrated template: the next ones are made while the tests before them run."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from sender_service.store import migrations

AHEAD = 2


class Databases:
    """Opened once per session; `take` and `give_back` cost a test next to nothing."""

    def __init__(self, server_dsn: str) -> None:
        self.server_dsn = server_dsn
        self.template = f"colomba_template_{uuid4().hex[:12]}"
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="databases")
        create(server_dsn, self.template)
        migrations.migrate(with_database(server_dsn, self.template))
        self._strategy = quickest(server_dsn)
        self._ahead = deque(self._background.submit(self._clone) for _ in range(AHEAD))

    def take(self) -> str:
        """The name of a fresh migrated database."""
        self._ahead.append(self._background.submit(self._clone))
        ready: Future[str] = self._ahead.popleft()
        return ready.result(timeout=60)

    def give_back(self, name: str) -> None:
        self._background.submit(drop, self.server_dsn, name)

    def close(self) -> None:
        for ready in self._ahead:
            self.give_back(ready.result(timeout=60))
        self._background.shutdown()
        drop(self.server_dsn, self.template)

    def _clone(self) -> str:
        name = f"colomba_test_{uuid4().hex[:12]}"
        create(self.server_dsn, name, template=self.template, strategy=self._strategy)
        return name


def with_database(dsn: str, name: str) -> str:
    """The same server, another database."""
    return urlsplit(dsn)._replace(path=f"/{name}").geturl()


def quickest(server_dsn: str) -> str:
    """Copying files takes half the time of writing them through the log, unless the copies are forced to disk."""
    with _server(server_dsn) as server:
        row = server.execute("show fsync").fetchone()
    return "file_copy" if row == ("off",) else "wal_log"


def create(server_dsn: str, name: str, template: str = "template0", strategy: str = "wal_log") -> None:
    statement = sql.SQL("create database {} template {} strategy {}").format(
        sql.Identifier(name), sql.Identifier(template), sql.Identifier(strategy)
    )
    with _server(server_dsn) as server:
        server.execute(statement)


def drop(server_dsn: str, name: str) -> None:
    with _server(server_dsn) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _server(dsn: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(dsn, autocommit=True, connect_timeout=10)
