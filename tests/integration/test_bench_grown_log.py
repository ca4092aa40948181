"""A grown log has what months of work leave, and the schema it was made in."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.bench.options import Options
from deploy.bench.rig import Rig
from deploy.bench.scenarios.grown_log import LATE, open_shop
from deploy.stand.neighbours import GivenBroker, GivenDatabase
from deploy.stand.stand import standing
from tests.databases import drop
from tests.neighbours import Neighbours

MESSAGES = 20_000
_INDEXES = "select indexdef from pg_indexes where schemaname = 'colomba' and tablename not like '%\\_2%' order by 1"
_LATE = """
select count(*) as messages, max(contact_id) as furthest,
       count(*) filter (where contact_id <= 1000) as of_the_first_half
from colomba.message_log where id > $1
"""
_CONTINUED = """
select count(*) from colomba.conversations conversation
join colomba.message_log message on message.id = conversation.last_message_id
    and message.contact_id = conversation.contact_id and message.id > $1
"""


@pytest.fixture
async def grown(neighbours: Neighbours, tmp_path: Path) -> AsyncIterator[asyncpg.Connection]:
    stand = standing(tmp_path, GivenDatabase(neighbours.postgres_dsn), GivenBroker(neighbours.amqp_url))
    rig = Rig(stand, Options(), lambda _: None, runs=os.getpid())  # databases are named after it
    shop = await open_shop(rig, MESSAGES)
    async with rig.database() as database:
        yield database
    drop(neighbours.postgres_dsn, shop.database)


async def test_a_grown_log_is_whole_and_has_every_index_of_the_schema(
    grown: asyncpg.Connection, postgres_dsn: str
) -> None:
    migrated = await asyncpg.connect(postgres_dsn)
    wanted = [row[0] for row in await migrated.fetch(_INDEXES)]
    await migrated.close()

    assert await grown.fetchval("select count(*) from colomba.message_log") == MESSAGES
    assert await grown.fetchval("select count(*) from colomba.wamids") == MESSAGES
    assert [row[0] for row in await grown.fetch(_INDEXES)] == wanted


async def test_its_last_messages_are_of_those_who_write_now_and_not_of_all_alike(grown: asyncpg.Connection) -> None:
    early = MESSAGES - MESSAGES // LATE

    late = await grown.fetchrow(_LATE, early)

    assert late is not None
    assert late["messages"] == MESSAGES // LATE
    assert late["furthest"] <= 2000
    assert late["of_the_first_half"] < late["messages"] / 3
    assert await grown.fetchval(_CONTINUED, early) > 100
