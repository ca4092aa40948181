"""The ground the other tests stand on."""

import asyncpg
import psycopg
import pytest

from tests.vhosts import Vhosts
from tests.waiting import until


async def test_every_test_gets_a_migrated_database_of_its_own(pool: "asyncpg.Pool[asyncpg.Record]", postgres_dsn):
    assert await pool.fetchval("select count(*) from colomba.organizations") == 0
    await pool.execute("insert into colomba.organizations (name) values ('mine')")
    with psycopg.connect(postgres_dsn) as connection:
        assert connection.execute("select name from colomba.organizations").fetchall() == [("mine",)]


async def test_every_test_gets_a_virtual_host_of_its_own(amqp_url, vhosts: Vhosts):
    name = amqp_url.rsplit("/", 1)[1]
    assert [q for q in vhosts.get(f"exchanges/{name}") if q["name"].startswith("whatsapp.")] == []


async def test_waiting_gives_the_first_true_answer_and_fails_at_the_deadline():
    answers = iter([0, None, 7])
    assert await until(lambda: next(answers)) == 7
    with pytest.raises(AssertionError, match="in vain for rain; last answer: 0"):
        await until(lambda: 0, seconds=0.05, what="rain")
