from datetime import UTC, datetime, timedelta

from sender_service.roles.retention import Retention
from sender_service.settings import Settings
from sender_service.store.database import acquired

INSERT = """insert into webhook_log (received_at, id, sha256, outcome)
            values ($1, gen_random_uuid(), ''::bytea, 'processed')"""
WHERE = "select tableoid::regclass::text from webhook_log where received_at = $1"


async def test_rows_written_before_their_partition_was_made_move_into_it(pool):
    day = datetime.now(UTC) + timedelta(days=40)
    async with acquired(pool) as conn:
        await conn.execute(INSERT, day)
        assert await conn.fetchval(WHERE, day) == "webhook_log_default"
        await conn.fetchval("select make_partition('webhook_log', $1)", day.date())
        assert await conn.fetchval(WHERE, day) == f"webhook_log_{day:%Y%m%d}"


async def test_making_partitions_twice_makes_them_once(pool):
    retention = Retention(pool, Settings())
    await retention.make_partitions()
    assert await retention.make_partitions() == 0


async def test_whole_days_past_their_time_are_dropped_and_younger_ones_stay(pool):
    old, young = datetime.now(UTC) - timedelta(days=31), datetime.now(UTC) - timedelta(days=29)
    async with acquired(pool) as conn:
        for day in (old, young):
            await conn.fetchval("select make_partition('webhook_log', $1)", day.date())
            await conn.execute(INSERT, day)
    assert await Retention(pool, Settings(keep_raw_webhooks=30)).drop_partitions() == 1
    async with acquired(pool) as conn:
        kept = await conn.fetch("select received_at from webhook_log")
    assert [row["received_at"] for row in kept] == [young]


async def test_old_rows_of_the_default_partition_are_dropped_too_and_younger_ones_stay(pool):
    old, young = datetime.now(UTC) - timedelta(days=31), datetime.now(UTC) - timedelta(days=29)
    async with acquired(pool) as conn:
        for day in (old, old, young):
            await conn.execute(INSERT, day)
        assert await conn.fetchval(WHERE, old) == "webhook_log_default"
    retention = Retention(pool, Settings(keep_raw_webhooks=30))
    assert [await retention.drop_partitions() for _ in range(2)] == [1, 0]
    async with acquired(pool) as conn:
        kept = await conn.fetch("select received_at from webhook_log")
    assert [row["received_at"] for row in kept] == [young]


async def test_old_command_keys_and_parked_statuses_are_forgotten(pool):
    async with acquired(pool) as conn:
        await conn.execute("insert into organizations (name) values ('o')")
        await conn.execute(
            """insert into command_keys (organization_id, source, key, body_hash, created_at)
               values (1, 's', 'old', '', now() - interval '31 days'), (1, 's', 'young', '', now())"""
        )
        await conn.execute(
            """insert into parked_statuses (organization_id, phone_number_id, wamid, status, at, raw, received_at)
               values (1, '1', 'w', 'sent', now(), '{}', now() - interval '31 days')"""
        )
    assert await Retention(pool, Settings()).forget() == 1
    async with acquired(pool) as conn:
        assert await conn.fetchval("select string_agg(key, ',') from command_keys") == "young"
        assert await conn.fetchval("select count(*) from parked_statuses") == 0
