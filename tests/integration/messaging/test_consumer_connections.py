"""What a consumer does when its connection, its queue or the broker is not there."""

import asyncio

from shared import metrics
from shared.messaging import connection as connections
from shared.messaging import topology
from shared.messaging.connection import connect
from tests.integration.messaging.test_consumer import QUEUE, Seen, consuming, has, is_empty, numbered, put
from tests.waiting import until


async def test_a_cut_connection_is_opened_again_and_nothing_is_lost(proxied, proxy, publisher, depth):
    seen = Seen()
    async with consuming(proxied, seen, publisher):
        for _ in range(3):
            seen.handled.clear()
            await put(publisher, *numbered(50))
            await until(lambda: set(seen.handled) == set(numbered(50)))
            proxy.reset()
        await put(publisher, b"last")
        await until(lambda: b"last" in seen.handled)
        await until(lambda: is_empty(depth))


async def test_a_goodbye_that_the_library_cancels_does_not_end_the_consumer(proxied, proxy, publisher, cancel_goodbyes):
    seen = Seen()
    async with consuming(proxied, seen, publisher):
        await put(publisher, b"before")
        await until(lambda: b"before" in seen.handled)
        goodbyes = cancel_goodbyes()
        proxy.reset()
        await until(lambda: goodbyes)
        await put(publisher, b"after")
        await until(lambda: b"after" in seen.handled)


async def test_a_connection_cut_while_a_batch_is_in_hand_does_not_disturb_the_handler(proxied, proxy, publisher, depth):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(batch):
        begun.set()
        await go_on.wait()

    seen = Seen(slowly)
    await put(publisher, b"in hand")
    async with consuming(proxied, seen, publisher):
        await begun.wait()
        proxy.reset()
        await until(lambda: has(depth, QUEUE, 1))
        go_on.set()
        await until(lambda: len(seen.handled) == 2)
        await until(lambda: is_empty(depth))

    assert seen.handled == [b"in hand", b"in hand"]
    assert [batch[0].redelivered for batch in seen.batches] == [False, True]


async def test_a_half_open_connection_is_noticed_by_the_heartbeat(proxied, proxy, publisher, monkeypatch):
    monkeypatch.setattr(connections, "HEARTBEAT", 1)
    seen = Seen()
    async with consuming(proxied, seen, publisher):
        await put(publisher, b"before")
        await until(lambda: seen.handled == [b"before"])
        proxy.faults.half_open = True
        await put(publisher, b"meanwhile")
        await until(lambda: not proxy._writers or _hung(proxy), 15)
        proxy.faults.half_open = False
        await until(lambda: b"meanwhile" in seen.handled, 15)


def _hung(proxy):
    """The consumer has dropped its side: the proxy sees it as a reader at its end."""
    return len(proxy._pumps) < 2


async def test_a_queue_deleted_under_a_consumer_is_consumed_again_when_it_is_declared(
    broker, publisher, channel, monkeypatch
):
    monkeypatch.setattr("shared.messaging.inbox.LOOK_EVERY", 0.3)
    seen = Seen()
    async with consuming(broker, seen, publisher):
        await put(publisher, b"before")
        await until(lambda: seen.handled == [b"before"])
        await channel.queue_delete(QUEUE)
        await until(lambda: _connects_in_vain(QUEUE))
        await topology.declare(broker)
        await put(publisher, b"after")
        await until(lambda: seen.handled == [b"before", b"after"], 10)


async def test_a_queue_that_is_gone_is_waited_for(broker, publisher, channel):
    seen = Seen()
    await channel.queue_delete(QUEUE)
    async with consuming(broker, seen, publisher) as running:
        await until(lambda: _connects_in_vain(QUEUE))
        assert not running.done()
        await topology.declare(broker)
        await put(publisher, b"after")
        await until(lambda: seen.handled == [b"after"], 10)


async def test_a_consumer_started_before_the_broker_waits_and_stops_when_told(publisher):
    async with consuming("amqp://guest:guest@127.0.0.1:1/", Seen(), publisher) as running:
        await asyncio.sleep(0)
        assert not running.done()


async def test_a_connection_can_be_closed_while_the_broker_is_silent(proxied, proxy):
    opened = await connect(proxied, "tests")
    proxy.faults.half_open = True

    async with asyncio.timeout(6):
        await opened.close()

    assert not opened.is_open


def _connects_in_vain(queue):
    return metrics.CONSUMER_CONNECTED.labels(queue)._value.get() == 0
