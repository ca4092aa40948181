"""Brings a database to the schema of this release: numbered SQL files, forward only, applied by yoyo.

Run as a step of its own (``python -m sender_service migrate``), never as a side effect of starting. yoyo keeps its book
in the schema ``colomba_migrations``. Three things are added to it: a migration and the note that it was applied are one
transaction; whoever migrates holds an advisory lock, so that the lock row of a process that died is known as stale; and
the hash of each applied file is kept, so that one that was edited afterwards is refused.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
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
HASHES = f"{BOOK_SCHEMA}.file_hashes"
ADVISORY_KEY = 0x636F_6C6F_6D62_61  # "colomba"


class MigrationFailed(Exception):
    """The database was left as it was before the migration named in the message."""


class DatabaseNewerThanCode(MigrationFailed):
    """The database holds migrations that this release does not know: run the newer release, or restore a backup."""


class MigrationEdited(MigrationFailed):
    """A file was changed after this database had applied it: put it back and write a new one."""


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
    known = dict(backend.execute(f"select id, sha256 from {HASHES}").fetchall())  # noqa: S608 - our own constant
    edited = [each.id for each in migrations if known.get(each.id, _hash(each)) != _hash(each)]
    if edited:
        raise MigrationEdited(f"{', '.join(edited)} was edited after this database had applied it")
    return list(backend.to_apply(migrations))


def _hash(migration: Migration) -> str:
    return sha256(Path(migration.path).read_bytes()).hexdigest()


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
        connection.execute(f"create table if not exists {HASHES} (id text primary key, sha256 text not null)")
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
            self.execute(f"insert into {HASHES} values (:id, :hash)", {"id": migration.id, "hash": _hash(migration)})  # noqa: S608

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
