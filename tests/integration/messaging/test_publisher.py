import asyncio
import gc
import hashlib

import pytest
from aiormq.abc import DeliveredMessage

from shared.messaging import topology
from shared.messaging.errors import BrokerAway, PublishFailed, Unconfirmed, Unroutable
from shared.messaging.publisher import Outgoing, Publisher
from tests.waiting import until


def webhook(body=b"{}", **changes):
    return Outgoing(topology.WEBHOOKS, "webhook", body, **changes)


def in_flight(publisher):
    return publisher._channel.in_flight if publisher._channel else None


async def test_what_is_published_arrives_with_its_headers_and_body(publisher, taken):
    await publisher.publish(webhook(b'{"a":1}', content_type="application/json", headers={"app": "shop", "n": 7}))

    message = await taken(topology.SENDER_WEBHOOKS)
    properties = message.header.properties
    assert message.body == b'{"a":1}'
    assert (properties.content_type, properties.delivery_mode) == ("application/json", 2)
    assert properties.headers.items() >= {"app": "shop", "n": 7}.items()


@pytest.mark.parametrize("size", [0, 1, 131_064, 131_065, 3_000_000])
async def test_a_body_of_any_size_arrives_whole(publisher, taken, size):
    body = bytes(number % 251 for number in range(1000)) * (size // 1000 + 1)

    await publisher.publish(webhook(body[:size]))

    message = await taken(topology.SENDER_WEBHOOKS)
    assert hashlib.sha256(message.body).digest() == hashlib.sha256(body[:size]).digest()


async def test_every_attempt_has_a_message_id_of_its_own(publisher, taken):
    outgoing = webhook()
    await publisher.publish_all([outgoing] * 3)

    ids = {(await taken(topology.SENDER_WEBHOOKS)).header.properties.message_id for _ in range(3)}
    assert len(ids) == 3


async def test_a_message_no_queue_wants_is_not_taken_for_stored(publisher):
    with pytest.raises(Unroutable):
        await publisher.publish(Outgoing(topology.EVENTS, "message.sent.1", b"{}"))


async def test_each_of_many_gets_its_own_outcome_in_order(publisher, depth):
    outgoings = [webhook(), Outgoing(topology.EVENTS, "nobody.listens", b"{}"), webhook()] * 200

    outcomes = await publisher.publish_all(outgoings)

    assert [type(outcome) for outcome in outcomes] == [type(None), Unroutable, type(None)] * 200
    assert await depth(topology.SENDER_WEBHOOKS) == 400


async def test_what_no_queue_wants_is_not_kept_in_memory(publisher):
    gc.collect()
    gc.disable()
    try:
        await publisher.publish_all([Outgoing(topology.EVENTS, "nobody.listens", b"{}") for _ in range(50)])
        await asyncio.sleep(0)
        assert not [kept for kept in gc.get_objects() if isinstance(kept, (Outgoing, DeliveredMessage))]
    finally:
        gc.enable()


async def test_without_a_broker_a_publish_fails_at_once():
    async with Publisher("amqp://guest:guest@127.0.0.1:1/", "tests") as publisher:
        assert not publisher.is_ready
        with pytest.raises(BrokerAway):
            await publisher.publish(webhook())


async def test_a_publisher_started_before_the_broker_goes_on_when_it_comes(proxied, proxy):
    proxy.faults.refuse = True
    async with Publisher(proxied, "tests") as publisher:
        with pytest.raises(BrokerAway):
            await publisher.publish(webhook())
        proxy.faults.refuse = False

        await until(lambda: publisher.is_ready)
        await publisher.publish(webhook())


async def test_a_cut_connection_leaves_what_was_in_flight_in_doubt_and_is_opened_again(proxied, proxy):
    async with Publisher(proxied, "tests") as publisher:
        await until(lambda: publisher.is_ready)
        proxy.faults.half_open = True
        sent = [asyncio.create_task(publisher.publish(webhook())) for _ in range(20)]
        await until(lambda: in_flight(publisher) == 20)
        proxy.faults.half_open = False
        proxy.reset()

        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unconfirmed}

        await until(lambda: publisher.is_ready)
        await publisher.publish(webhook())


async def test_a_goodbye_that_the_library_cancels_does_not_end_the_publisher(proxied, proxy, cancel_goodbyes):
    async with Publisher(proxied, "tests") as publisher:
        await until(lambda: publisher.is_ready)
        goodbyes = cancel_goodbyes()
        proxy.reset()
        await until(lambda: goodbyes and publisher.is_ready)
        await publisher.publish(webhook())


async def test_a_half_open_broker_is_noticed_by_the_publish_that_waits_and_left_for_a_new_connection(proxied, proxy):
    async with Publisher(proxied, "tests", timeout=0.5) as publisher:
        await until(lambda: publisher.is_ready)
        proxy.faults.half_open = True
        with pytest.raises(Unconfirmed):
            await publisher.publish(webhook())
        assert not publisher.is_ready
        proxy.faults.half_open = False
        proxy.reset()

        await until(lambda: _published(publisher))
        assert publisher.is_ready


async def test_while_nothing_is_confirmed_one_publish_tries_and_the_others_fail_at_once(proxied, proxy):
    async with Publisher(proxied, "tests", timeout=1.0) as publisher:
        await until(lambda: publisher.is_ready)
        proxy.faults.latency = 2.5
        with pytest.raises(Unconfirmed):
            await publisher.publish(webhook())
        proxy.faults.latency = 0.0
        await until(lambda: publisher._channel is not None)
        # It is about who tries and not about how soon the broker answers.
        publisher._timeout = 60.0
        proxy.faults.latency = 0.5

        trying = asyncio.create_task(publisher.publish(webhook()))
        await until(lambda: in_flight(publisher) == 1)
        with pytest.raises(BrokerAway):
            await publisher.publish(webhook())

        await trying
        proxy.faults.latency = 0.0
        await publisher.publish(webhook())


async def test_a_publish_to_a_missing_exchange_costs_the_channel_but_not_the_publisher(publisher):
    with pytest.raises(Unconfirmed):
        await publisher.publish(Outgoing("nowhere", "x", b"{}"))

    await until(lambda: publisher.is_ready)
    await publisher.publish(webhook())


async def test_those_who_wait_for_the_window_when_the_connection_goes_leave_it_whole(proxied, proxy):
    async with Publisher(proxied, "tests", window=2) as publisher:
        await until(lambda: publisher.is_ready)
        proxy.faults.latency = 0.05
        confirmed: list[asyncio.Task[None]] = []
        publishes = [asyncio.create_task(publisher.publish(webhook())) for _ in range(20)]
        for publish in publishes:
            publish.add_done_callback(confirmed.append)
        await until(lambda: len(confirmed) >= 4)
        proxy.reset()
        proxy.faults.latency = 0.0
        outcomes = await asyncio.wait_for(asyncio.gather(*publishes, return_exceptions=True), 10)
        assert any(isinstance(outcome, BrokerAway) for outcome in outcomes)
        await until(lambda: publisher.is_ready)
        await asyncio.gather(*(publisher.publish(webhook()) for _ in range(4)))
        assert in_flight(publisher) == 0


async def test_a_full_window_makes_others_wait_and_then_fail_without_sending(proxied, proxy):
    async with Publisher(proxied, "tests", window=2, timeout=1.0) as publisher:
        await until(lambda: publisher.is_ready)
        proxy.faults.half_open = True

        outcomes = await asyncio.gather(*(publisher.publish(webhook()) for _ in range(5)), return_exceptions=True)

    assert all(isinstance(outcome, PublishFailed) for outcome in outcomes)
    assert sum(isinstance(outcome, Unconfirmed) for outcome in outcomes) >= 2


async def test_a_cancelled_publish_gives_its_place_back(proxied, proxy):
    async with Publisher(proxied, "tests", window=1) as publisher:
        await until(lambda: publisher.is_ready)
        proxy.faults.latency = 0.3
        waiting = asyncio.create_task(publisher.publish(webhook()))
        await until(lambda: in_flight(publisher) == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        proxy.faults.latency = 0.0

        await publisher.publish(webhook())


async def test_a_large_body_waits_until_the_socket_has_room(proxied, proxy, depth):
    async with Publisher(proxied, "tests") as publisher:
        await until(lambda: publisher.is_ready)

        outcomes = await publisher.publish_all([webhook(b"x" * 1_000_000)] * 8)

    assert outcomes == [None] * 8
    assert await depth(topology.SENDER_WEBHOOKS) == 8


async def _published(publisher):
    try:
        await publisher.publish(webhook())
    except PublishFailed:
        return False
    return True
