"""The outbox relay: what was committed reaches the bus, and its row goes only once it was confirmed."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aio_pika
import pytest

from sender_service.outbound_events import EventRelay
from sender_service.store import outbox
from sender_service.store.database import transaction
from shared.contracts import cloudevents, events
from shared.contracts.events import DomainEvent
from shared.messaging import topology
from shared.messaging.publisher import Publisher
from tests.waiting import until


def event(key: str, name: str = events.MESSAGE_RECEIVED, organization: int = 7) -> DomainEvent:
    return DomainEvent(name, organization, key, datetime(2026, 11, 20, tzinfo=UTC), {"message_id": key})


async def commit(pool, *told):
    async with transaction(pool) as conn:
        return await outbox.append(conn, told)


async def left(pool):
    async with transaction(pool) as conn:
        return await conn.fetchval("select count(*) from outbox")


@pytest.fixture
async def publisher(amqp_url):
    await topology.declare(amqp_url)
    async with Publisher(amqp_url) as publisher:
        await until(lambda: publisher.is_ready)
        yield publisher


@asynccontextmanager
async def running(relay):
    stopping = asyncio.Event()
    task = asyncio.create_task(relay.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


@pytest.fixture
async def listener(publisher, amqp_url):
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("other.backend")
        await queue.bind(topology.EVENTS, "message.#")
        yield queue


async def next_message(queue):
    return await until(lambda: queue.get(fail=False, no_ack=True))


async def test_the_events_of_a_transaction_travel_as_one_batch_per_routing_key(pool, publisher, listener):
    relay = EventRelay(pool, publisher)
    told = [event("1"), event("2"), event("3", events.MESSAGE_READ), event("4", organization=8)]
    async with running(relay):
        relay(await commit(pool, *told), told)
        messages = [await next_message(listener) for _ in range(3)]
        await until(lambda: nothing_left(pool))

    found = {message.routing_key: message for message in messages}
    batch = found["message.received.7"]
    assert batch.content_type == cloudevents.BATCH_CONTENT_TYPE
    assert [one.id for one in cloudevents.decode_batch(batch.body)] == ["message.received/7/1", "message.received/7/2"]
    single = found["message.read.7"]
    assert single.content_type == cloudevents.CONTENT_TYPE
    assert cloudevents.decode(single.body).id == "message.read/7/3"
    assert "message.received.8" in found


async def nothing_left(pool):
    return await left(pool) == 0


async def test_an_event_nobody_bound_a_queue_for_is_told(pool, publisher):
    relay = EventRelay(pool, publisher)
    async with running(relay):
        relay(await commit(pool, event("1")), [event("1")])
        await until(lambda: nothing_left(pool))


async def test_what_a_dead_process_left_is_published_by_the_scheduler(pool, publisher, listener):
    relay = EventRelay(pool, publisher)
    await commit(pool, event("1"))
    assert await relay.publish_old(older_than=60) == 0
    assert await relay.publish_old(older_than=0) == 1

    message = await next_message(listener)
    assert cloudevents.decode(message.body).data == {"message_id": "1"}
    assert await left(pool) == 0


async def test_an_event_of_a_newer_release_is_published_as_it_was_written(pool, publisher, listener):
    newer = {"specversion": "1.0", "type": "colomba.message.sung.v2", "id": "message.sung/7/1", "song": {"bars": 12}}
    async with transaction(pool) as conn:
        row = [{"routing_key": "message.sung.7", "event": newer, "since": "a newer release"}]
        await conn.execute("insert into outbox (events) values ($1)", row)
    await commit(pool, event("1"))
    relay = EventRelay(pool, publisher)
    assert await relay.publish_old(older_than=0) == 2

    messages = [await next_message(listener) for _ in range(2)]
    assert [message.routing_key for message in messages] == ["message.sung.7", "message.received.7"]
    assert json.loads(messages[0].body) == newer
    assert await left(pool) == 0


async def test_without_a_broker_the_row_stays(pool, monkeypatch):
    monkeypatch.setattr("sender_service.outbound_events._PAUSE_SECONDS", 0)
    relay = EventRelay(pool, Publisher("amqp://127.0.0.1:1/"))
    await commit(pool, event("1"))
    assert await relay.publish_old(older_than=0) == 0
    assert await left(pool) == 1


async def test_more_than_the_memory_may_hold_is_left_to_the_scheduler(pool, publisher, monkeypatch):
    monkeypatch.setattr("sender_service.outbound_events.WAITING_EVENTS", 1)
    relay = EventRelay(pool, publisher)
    for key in ("1", "2"):
        relay(await commit(pool, event(key)), [event(key)])
    async with running(relay):
        await until(lambda: one_left(pool))
    assert await relay.publish_old(older_than=0) == 1


async def test_a_round_holds_no_more_rows_than_its_events_allow_and_none_is_forgotten(pool, publisher, monkeypatch):
    monkeypatch.setattr("sender_service.outbound_events.EVENTS_A_ROUND", 3)
    monkeypatch.setattr("sender_service.outbound_events.WAITING_EVENTS", 6)
    relay, rounds = EventRelay(pool, publisher), []

    async def publish_all(messages, real=publisher.publish_all):
        rounds.append(sum(len(json.loads(each.body)) if each.body[:1] == b"[" else 1 for each in messages))
        return await real(messages)

    monkeypatch.setattr(publisher, "publish_all", publish_all)
    for turn in range(2):
        told = [[event(f"{turn}{row}{place}") for place in range(2)] for row in range(3)]
        for one in told:
            relay(await commit(pool, *one), one)
        async with running(relay):
            await until(lambda: nothing_left(pool))
    assert rounds == [4, 2, 4, 2]


async def one_left(pool):
    return await left(pool) == 1
