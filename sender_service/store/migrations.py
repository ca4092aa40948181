"""Brings a database to the schema of this release: numbered SQL files, forward only, applied by yoyo.

Run as a step of its own (``python -m sender_service migrate``), never as a side effect of starting. yoyo keeps its book
in the schema ``colomba_migrations``. Two things are added to it: a migration and the note that it was applied are one
transaction, and whoever migrates holds an advisory lock, so that the lock row of a process that died is known as stale.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import Migration, default_migration_table

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
BOOK_SCHEMA = "colomba_migrations"
ADVISORY_KEY = 0x636F_6C6F_6D62_61  # "colomba"


class MigrationFailed(Exception):
    """The database was left as it was before the migration named in the message."""


class DatabaseNewerThanCode(MigrationFailed):
    """The database holds migrations that this release does not know: run the newer release, or restore a backup."""


def migrate(dsn: str, directory: Path = MIGRATIONS) -> Sequence[str]:
    """Applies what is missing, in order, and answers the names of what was applied."""
    with _alone(dsn), _backend(dsn) as backend:
        backend.break_lock()
        missing = _missing(backend, directory)
        for migration in missing:
            _apply(backend, migration)
        return [migration.id for migration in missing]


def pending(dsn: str, directory: Path = MIGRATIONS) -> Sequence[str]:
    """The names of the migrations this database still lacks."""
    with _alone(dsn), _backend(dsn) as backend:
        return [migration.id for migration in _missing(backend, directory)]


def _missing(backend: "OneTransaction", directory: Path) -> list[Migration]:
    migrations = read_migrations(str(directory))
    backend.ensure_internal_schema_updated()
    foreign = _applied(backend) - {migration.id for migration in migrations}
    if foreign:
        raise DatabaseNewerThanCode(f"this release does not know {', '.join(sorted(foreign))}; the database is newer")
    return list(backend.to_apply(migrations))


def _applied(backend: "OneTransaction") -> set[str]:
    rows = backend.execute(f"select migration_id from {default_migration_table}").fetchall()  # noqa: S608 - yoyo's own constant
    return {row[0] for row in rows}


def _apply(backend: "OneTransaction", migration: Migration) -> None:
    try:
        backend.apply_one(migration)
    except psycopg.Error as error:
        raise MigrationFailed(f"{migration.id}: {error}") from error


@contextmanager
def _alone(dsn: str) -> Iterator[None]:
    """Holds the advisory lock of migrations, and makes the schema that yoyo keeps its book in."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (ADVISORY_KEY,))
        connection.execute(f"create schema if not exists {BOOK_SCHEMA}")
        yield


@contextmanager
def _backend(dsn: str) -> Iterator["OneTransaction"]:
    backend = OneTransaction(parse_uri(_book_dsn(dsn)), default_migration_table)
    with backend:
        backend.create_lock_table()
        yield backend


def _book_dsn(dsn: str) -> str:
    parts = urlsplit(dsn)
    query = urlencode([*parse_qsl(parts.query), ("schema", BOOK_SCHEMA)])
    return urlunsplit(("postgresql+psycopg", parts.netloc, parts.path, query, ""))


class OneTransaction(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo ships no types
    """yoyo marks a migration in a second transaction; a crash between the two would leave it applied and unmarked."""

    def create_lock_table(self) -> None:
        self.execute(self.format_sql(self.create_lock_table_sql).replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))

    def apply_one(self, migration: Migration, force: bool = False, mark: bool = True) -> None:  # noqa: FBT001, FBT002 - yoyo's signature
        self.ensure_internal_schema_updated()
        if not migration.use_transactions:
            super().apply_one(migration, force=force, mark=mark)
            return
        with self.transaction():
            migration.process_steps(self, "apply", force=force)
            self.mark_one(migration)

    def get_log_data(self, migration: Migration | None = None, operation: str = "apply") -> dict[str, Any]:
        """As yoyo's, without asking the resolver for this host's full name: containers have none and wait for it."""
        return {
            "id": str(uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": "colomba",
            "hostname": "",
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }
