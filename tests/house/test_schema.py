"""The schema and the SQL that is written against it."""

import re
import shutil
from pathlib import Path

import asyncpg
import psycopg
import pytest

from sender_service.store import database, migrations
from tests.dump import schema_of

ROOT = Path(__file__).resolve().parents[2]
SQL = ROOT / "sender_service" / "store" / "sql"
NOUNS = sorted(path.stem for path in SQL.glob("*.sql"))
NAME = re.compile(r"\d{4}_(pre|post)_[a-z0-9_]+\.sql")


@pytest.mark.parametrize("noun", NOUNS)
async def test_every_query_prepares_on_the_migrated_schema(noun, pool: "asyncpg.Pool[asyncpg.Record]"):
    async with pool.acquire() as connection:
        for name, text in database.load(noun).items():
            try:
                await connection.prepare(text)
            except asyncpg.PostgresError as error:
                pytest.fail(f"{noun}.sql, {name}: {error}")


@pytest.mark.parametrize("noun", NOUNS)
def test_every_query_has_a_sentence_and_a_function_of_its_name(noun):
    module = (SQL.parent / f"{noun}.py").read_text()
    for name, text in database.load(noun).items():
        assert text.startswith("-- "), f"{noun}.sql, {name}: no sentence under the name"
        assert re.search(rf"\b{name}\b", module), f"{noun}.py never uses {name}"


def test_a_fresh_and_an_upgraded_database_are_equal(postgres_dsn, empty_postgres_dsn, tmp_path):
    """Upgraded: release by release, each in a run of its own, with rows in the tables between."""
    files = sorted(migrations.MIGRATIONS.glob("*.sql"))
    for count in range(1, len(files) + 1):
        shutil.copy(files[count - 1], tmp_path)
        assert migrations.migrate(empty_postgres_dsn, tmp_path) == [files[count - 1].stem]
        fill(empty_postgres_dsn)
    assert schema_of(empty_postgres_dsn) == schema_of(postgres_dsn)


def test_migrating_again_changes_nothing(postgres_dsn):
    before = schema_of(postgres_dsn)
    assert migrations.pending(postgres_dsn) == []
    assert migrations.migrate(postgres_dsn) == []
    assert schema_of(postgres_dsn) == before


def test_a_database_newer_than_the_code_is_refused(postgres_dsn):
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("insert into colomba_migrations._yoyo_migration values ('x', '9999_pre_future', now())")
    with pytest.raises(migrations.DatabaseNewerThanCode, match="9999_pre_future"):
        migrations.migrate(postgres_dsn)


def test_a_file_edited_after_it_was_applied_is_refused(empty_postgres_dsn, tmp_path):
    (tmp_path / "0001_pre_a.sql").write_text("create table public.a (id int);\n")
    migrations.migrate(empty_postgres_dsn, tmp_path)
    (tmp_path / "0001_pre_a.sql").write_text("create table public.a (id bigint);\n")
    with pytest.raises(migrations.MigrationEdited, match="0001_pre_a was edited"):
        migrations.pending(empty_postgres_dsn, tmp_path)


def test_a_failing_migration_leaves_nothing_behind_and_can_be_repeated(empty_postgres_dsn, tmp_path):
    broken = tmp_path / "0001_pre_broken.sql"
    broken.write_text("create table public.half (id int);\nselect 1 / 0;\n")
    with pytest.raises(migrations.MigrationFailed, match="0001_pre_broken: division by zero"):
        migrations.migrate(empty_postgres_dsn, tmp_path)
    broken.write_text("create table public.half (id int);\n")
    assert migrations.migrate(empty_postgres_dsn, tmp_path) == ["0001_pre_broken"]


def test_a_lock_left_by_a_migration_that_died_does_not_stop_the_next(empty_postgres_dsn, tmp_path):
    (tmp_path / "0001_pre_a.sql").write_text("create table public.a (id int);\n")
    migrations.migrate(empty_postgres_dsn, tmp_path)
    with psycopg.connect(empty_postgres_dsn, autocommit=True) as connection:
        connection.execute("insert into colomba_migrations.yoyo_lock (locked, pid) values (1, 1)")
    (tmp_path / "0002_pre_b.sql").write_text("create table public.b (id int);\n")
    assert migrations.migrate(empty_postgres_dsn, tmp_path) == ["0002_pre_b"]


def test_migrations_are_numbered_without_gaps_and_say_when_they_run():
    names = sorted(path.name for path in migrations.MIGRATIONS.iterdir())
    assert all(NAME.fullmatch(name) for name in names), names
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def fill(dsn: str) -> None:
    """A row where there can be one, so that an upgrade meets data."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "insert into colomba.organizations (name) select 'org ' || count(*) from colomba.organizations"
        )
