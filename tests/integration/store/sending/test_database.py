import asyncio
import socket

import asyncpg
import pytest

from sender_service.store import database
from sender_service.store.database import acquired, load, open_pool, retrying, transaction
from shared.messaging.errors import NeighbourAway


async def test_json_goes_in_and_out_as_values(pool):
    value = {"a": [1, None, "è"], "b": {"c": True}}
    async with acquired(pool) as conn:
        assert await conn.fetchval("select $1::jsonb", value) == value
        assert await conn.fetchval("select $1::jsonb[]", [value, value]) == [value, value]


async def test_a_failed_block_leaves_nothing(pool):
    async def half() -> None:
        async with transaction(pool) as conn:
            await conn.execute("insert into colomba.organizations (name) values ('x')")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await half()
    assert await pool.fetchval("select count(*) from colomba.organizations") == 0


async def test_a_database_that_is_not_there_is_an_absent_neighbour():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dsn = f"postgresql://nobody@127.0.0.1:{free.getsockname()[1]}/none"
    async with open_pool(dsn) as pool:
        with pytest.raises(NeighbourAway, match="postgres"):
            async with acquired(pool):
                pass


async def test_a_connection_that_dies_in_the_middle_is_an_absent_neighbour(pool):
    with pytest.raises(NeighbourAway):
        async with transaction(pool) as conn:
            await conn.execute("select pg_terminate_backend(pg_backend_pid())")


async def test_a_statement_that_takes_too_long_is_an_absent_neighbour(pool):
    async def sleep() -> None:
        async with transaction(pool) as conn:
            await conn.execute("set local statement_timeout = '50ms'")
            await conn.execute("select pg_sleep(5)")

    with pytest.raises(NeighbourAway):
        await sleep()


async def test_a_fault_of_ours_stays_what_it_is(pool):
    with pytest.raises(asyncpg.UndefinedTableError):
        async with acquired(pool) as conn:
            await conn.execute("select * from colomba.nothing")
    with pytest.raises(asyncpg.InterfaceError):
        async with acquired(pool) as conn:
            await conn.execute("select $1::int", 1, 2)


async def test_work_that_lost_a_deadlock_is_done_again(pool):
    await pool.execute("insert into colomba.organizations (name) values ('a'), ('b')")
    first_locked, second_locked = asyncio.Event(), asyncio.Event()

    async def lock(conn, first, second, *, mine, others):
        await conn.execute("update colomba.organizations set language = 'it' where name = $1", first)
        mine.set()
        await others.wait()
        await conn.execute("update colomba.organizations set language = 'es' where name = $1", second)

    await asyncio.gather(
        retrying(pool, lambda conn: lock(conn, "a", "b", mine=first_locked, others=second_locked)),
        retrying(pool, lambda conn: lock(conn, "b", "a", mine=second_locked, others=first_locked)),
    )
    assert await pool.fetchval("select count(*) from colomba.organizations where language = 'en'") == 0


async def test_a_query_that_does_not_exist_is_named():
    with pytest.raises(AttributeError, match=r"sql/send_queue.sql has no query 'nothing'"):
        database.queries("send_queue").nothing  # noqa: B018


async def test_every_wait_is_bounded_in_the_server_too(pool):
    async with acquired(pool) as conn:
        assert await conn.fetchval("show idle_in_transaction_session_timeout") == "5s"
        assert await conn.fetchval("show statement_timeout") == "15s"


def test_a_fragment_stands_in_every_query_that_names_it():
    texts = [load("send_queue")[name] for name in ("enqueue", "intend")]
    assert all(text.count("insert into number_usage") == 1 and "{" not in text for text in texts)
