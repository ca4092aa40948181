"""The bench keeps a database up where autovacuum would, and nowhere else."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.bench.scenarios import upkeep


@pytest.fixture
async def database(postgres_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute("alter table colomba.wamids set (autovacuum_enabled = off)")
    await connection.execute("vacuum (analyze) colomba.wamids")
    yield connection
    await connection.close()


async def insert(database: asyncpg.Connection, first: int, last: int) -> None:
    await database.execute(
        "insert into colomba.wamids (organization_id, wamid, message_id) "
        "select 1, n::text, n from generate_series($1::int, $2::int) n",
        first,
        last,
    )
    await database.execute("select pg_stat_force_next_flush()")


async def of_wamids(database: asyncpg.Connection) -> list[str]:
    return [statement for statement in await upkeep.due(database) if statement.endswith("colomba.wamids")]


async def test_a_table_that_grew_by_little_is_left_alone(database: asyncpg.Connection) -> None:
    await insert(database, 1, 50)

    assert await of_wamids(database) == []


async def test_a_table_that_changed_is_analyzed_and_one_that_grew_is_vacuumed_too(database: asyncpg.Connection) -> None:
    await insert(database, 1, 500)
    assert await of_wamids(database) == ["analyze colomba.wamids"]

    await insert(database, 501, 1001)
    assert await of_wamids(database) == ["vacuum (analyze, process_toast false) colomba.wamids"]


async def test_the_larger_a_table_the_more_may_change(database: asyncpg.Connection) -> None:
    await insert(database, 1, 20_000)
    await database.execute("vacuum (analyze) colomba.wamids")

    await insert(database, 20_001, 21_500)

    assert await of_wamids(database) == []


async def test_a_table_with_a_share_of_its_own_is_judged_by_it(database: asyncpg.Connection) -> None:
    await insert(database, 1, 20_000)
    await database.execute("vacuum (analyze) colomba.wamids")
    await database.execute("alter table colomba.wamids set (autovacuum_vacuum_scale_factor = 0)")

    await database.execute("delete from colomba.wamids where message_id <= 100")
    await database.execute("select pg_stat_force_next_flush()")

    assert await of_wamids(database) == ["vacuum (process_toast false) colomba.wamids"]
