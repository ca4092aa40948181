"""Raw webhooks go down the same road again, and what they say is recorded once however often they do."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from sender_service.inbound.replay import replay
from sender_service.store.webhooks import Selection
from shared.messaging import topology
from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from tests.waiting import until
from tests.webhook_builders import Inbound, payload, register, text_message, value

EVER = Selection(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
async def publisher(amqp_url):
    await topology.declare(amqp_url)
    async with Publisher(amqp_url) as publisher:
        await until(lambda: publisher.is_ready)
        yield publisher


@pytest.fixture
async def inbound(pool, amqp_url, publisher):
    """The story, fed by the queue."""
    inbound = Inbound(pool)
    stopping = asyncio.Event()
    consumer = Consumer(amqp_url, topology.SENDER_WEBHOOKS, inbound.handler, publisher)
    task = asyncio.create_task(consumer.run(stopping))
    yield inbound
    stopping.set()
    await task


async def outcomes(inbound):
    return {row["outcome"] for row in await inbound.rows("select outcome from webhook_log")}


async def test_webhooks_of_a_number_registered_later_are_claimed(inbound, pool, publisher):
    await inbound.take(payload(value([text_message("early bird")])))
    assert await outcomes(inbound) == {"unclaimed_number"}

    await register(pool)
    done = await replay(pool, publisher, EVER._replace(outcome="unclaimed_number"))
    assert (done.published, done.failed) == (1, 0)
    await until(lambda: inbound.value("select count(*) = 1 from message_log"))

    assert await inbound.value("select text from message_log") == "early bird"
    assert await outcomes(inbound) == {"processed"}
    assert (await replay(pool, publisher, EVER._replace(outcome="unclaimed_number"))).published == 0


async def test_a_replay_of_everything_records_nothing_twice(inbound, pool, publisher):
    await register(pool)
    for number in range(3):
        await inbound.take(payload(value([text_message(f"{number}")])))
    first, second = await replay(pool, publisher, EVER), await replay(pool, publisher, EVER)

    assert first.published == second.published == 3
    assert first.nonce != second.nonce
    await inbound.take(payload(value([text_message("last")])))
    await until(lambda: inbound.value("select count(*) = 4 from message_log"))
    assert await inbound.value("select count(*) from webhook_log") == 4
    assert await outcomes(inbound) == {"processed"}


async def test_a_replay_is_narrowed_by_id_number_and_time(inbound, pool, publisher):
    await register(pool)
    for number in range(3):
        await inbound.take(payload(value([text_message(f"{number}")], number=f"nobody {number}")))
    ids = [row["id"] for row in await inbound.rows("select id from webhook_log order by phone_number_id")]

    assert (await replay(pool, publisher, EVER._replace(ids=ids[:2]))).published == 2
    assert (await replay(pool, publisher, EVER._replace(phone_number_id="nobody 2"))).published == 1
    assert (await replay(pool, publisher, EVER._replace(until=EVER.since))).published == 0


async def test_a_replay_keeps_to_its_rate(inbound, pool, publisher, monkeypatch):
    monkeypatch.setattr("sender_service.inbound.replay._AT_ONCE", 2)
    await register(pool)
    for number in range(6):
        await inbound.take(payload(value([text_message(f"{number}")])))
    started = time.monotonic()
    assert (await replay(pool, publisher, EVER, per_second=10)).published == 6
    assert time.monotonic() - started >= 0.4


async def test_without_a_broker_nothing_is_said_to_be_published(pool):
    inbound = Inbound(pool)
    await inbound.take(payload(value([text_message("kept")])))
    done = await replay(pool, Publisher("amqp://127.0.0.1:1/"), EVER)
    assert (done.published, done.failed) == (0, 1)
