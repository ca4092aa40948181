"""However a transaction of one organization ends, nothing of it clings to its connection."""

import asyncio

import asyncpg
import pytest

from sender_service.store.database import acquired, open_pool
from sender_service.store.tenancy import acting
from tests.waiting import until

STATE = "select current_user::text, coalesce(nullif(current_setting('colomba.organization', true), ''), '-')"
NOTE = "insert into audit_log (organization_id, actor, action, object) values (7, 'a', 'b', 'c')"
SLEEPING = "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"


@pytest.fixture
async def one(postgres_dsn):
    """A pool of a single connection: whoever comes next gets what the last one left."""
    async with open_pool(postgres_dsn, max_size=1) as pool:
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
