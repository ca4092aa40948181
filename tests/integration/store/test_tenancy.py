"""However a transaction of one organization ends, nothing of it clings to its connection."""

import asyncio

import asyncpg
import pytest

from sender_service.store.database import acquired, open_pool
from sender_service.store.tenancy import acting, open_readers, reading
from tests.waiting import until

STATE = "select current_user::text, coalesce(nullif(current_setting('colomba.organization', true), ''), '-')"
NOTE = "insert into audit_log (organization_id, actor, action, object) values (7, 'a', 'b', 'c')"
SLEEPING = "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"


@pytest.fixture
async def one(postgres_dsn):
    """A pool of a single connection: whoever comes next gets what the last one left."""
    async with open_pool(postgres_dsn, max_size=1) as pool:
        yield pool


@pytest.fixture
async def reader(postgres_dsn):
    """As `one`, for those who only read."""
    async with open_readers(postgres_dsn, max_size=1, name="test reader") as pool:
        yield pool


async def state(pool) -> list[str]:
    async with acquired(pool) as conn:
        return list(*await conn.fetch(STATE))


async def test_a_transaction_is_bound_while_it_lasts_and_commits_at_its_end(one):
    before = await state(one)
    async with acting(one, 7) as conn:
        assert list(*await conn.fetch(STATE)) == ["colomba_api", "7"]
        await conn.execute(NOTE)
    assert await state(one) == before
    async with acting(one, 7) as conn:
        assert await conn.fetchval("select count(*) from audit_log") == 1


async def test_an_error_leaves_nothing_behind(one):
    async def fail_after_writing() -> None:
        async with acting(one, 7) as conn:
            await conn.execute(NOTE)
            raise KeyError

    before = await state(one)
    with pytest.raises(asyncpg.PostgresError, match="division by zero"):
        async with acting(one, 7) as conn:
            await conn.execute("select 1 / 0")
    with pytest.raises(KeyError):
        await fail_after_writing()
    assert await state(one) == before
    async with acting(one, 7) as conn:
        assert await conn.fetchval("select count(*) from audit_log") == 0


async def test_who_is_cancelled_in_a_query_leaves_nothing_behind(one, postgres_dsn):
    before = await state(one)

    async def sleep() -> None:
        async with acting(one, 7) as conn:
            await conn.execute("select pg_sleep(60)")

    task = asyncio.create_task(sleep())
    other = await asyncpg.connect(postgres_dsn)
    await until(lambda: other.fetchval(SLEEPING))
    await other.close()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await state(one) == before


async def test_a_reader_sees_the_rows_of_whoever_it_is_bound_to_now(one, reader):
    for organization in (7, 8, 7):
        async with acting(one, organization) as conn:
            await conn.execute(NOTE.replace("7", str(organization)))
    for organization, notes in ((7, 2), (8, 1), (9, 0), (7, 2)):
        async with reading(reader, organization) as conn:
            assert list(*await conn.fetch(STATE)) == ["colomba_api", str(organization)]
            assert await conn.fetchval("select count(*) from audit_log") == notes


async def test_a_reader_that_was_bound_to_nobody_sees_nothing(one, reader):
    async with acting(one, 7) as conn:
        await conn.execute(NOTE)
    async with acquired(reader) as conn:
        assert list(*await conn.fetch(STATE)) == ["colomba_api", "-"]
        assert await conn.fetchval("select count(*) from audit_log") == 0


async def test_a_reader_writes_nothing(reader):
    async with reading(reader, 7) as conn:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await conn.execute(NOTE)


async def test_a_reader_that_was_cancelled_is_bound_to_whoever_comes_next(reader, postgres_dsn):
    other = await asyncpg.connect(postgres_dsn)
    await other.execute("begin; lock table audit_log")

    async def read() -> None:
        async with reading(reader, 8) as conn:
            await conn.execute("select count(*) from audit_log")

    task = asyncio.create_task(read())
    await until(lambda: other.fetchval("select count(*) from pg_locks where not granted"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await other.close()
    for organization in (7, 8):
        async with reading(reader, organization) as conn:
            assert list(*await conn.fetch(STATE)) == ["colomba_api", str(organization)]
