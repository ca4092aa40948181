import asyncio
import contextlib

import pytest

from shared import metrics
from shared.messaging import dead_letter, topology
from shared.messaging.consumer import Consumer, Refused
from shared.messaging.delivery import Delivery
from shared.messaging.errors import ConsumerStopped, NeighbourAway, Unprocessable
from shared.messaging.publisher import Outgoing
from tests.waiting import until

QUEUE = topology.SENDER_WEBHOOKS
DEAD = topology.dead(QUEUE)


class Seen:
    """A handler that keeps what it was given and then does what the test wants."""

    def __init__(self, deed=None):
        self.batches = []
        self.handled = []
        self._deed = deed

    async def __call__(self, batch):
        self.batches.append(batch)
        answer = await self._deed(batch) if self._deed else None
        self.handled += [delivery.body for delivery in batch]
        return answer or []

    @property
    def bodies(self):
        return [delivery.body for batch in self.batches for delivery in batch]


@contextlib.asynccontextmanager
async def consuming(url, handler, publisher, queue=QUEUE, **settings):
    """Run a consumer for as long as the block lasts."""
    stopping = asyncio.Event()
    consumer = Consumer(url, queue, handler, publisher, **{"grace": 2.0} | settings)
    running = asyncio.create_task(consumer.run(stopping))
    try:
        yield running
    finally:
        stopping.set()
        await running


async def put(publisher, *bodies):
    outcomes = await publisher.publish_all([Outgoing(topology.WEBHOOKS, "webhook", body) for body in bodies])
    assert outcomes == [None] * len(bodies)


def numbered(count):
    return [str(number).encode() for number in range(count)]


async def is_empty(depth, queue=QUEUE):
    return await depth(queue) == 0


async def test_what_the_handler_returns_from_is_acknowledged_once_and_for_all(broker, publisher, depth):
    seen = Seen()
    await put(publisher, *numbered(1000))

    async with consuming(broker, seen, publisher, prefetch=100):
        await until(lambda: len(seen.handled) == 1000)

    assert seen.handled == numbered(1000)
    assert await depth(QUEUE) == 0


async def test_a_handler_sees_all_there_is_to_know_of_a_message(broker, publisher):
    seen = Seen()
    outgoing = Outgoing(topology.WEBHOOKS, "webhook.shop", b"{}", "application/json", {"app": "shop"}, "id-1")

    async with consuming(broker, seen, publisher):
        await publisher.publish(outgoing)
        await until(lambda: seen.handled)

    assert seen.batches == [
        [Delivery(b"{}", "id-1", topology.WEBHOOKS, "webhook.shop", {"app": "shop"}, "application/json", queue=QUEUE)]
    ]


async def test_dense_traffic_flows_in_batches_up_to_their_size(broker, publisher):
    seen = Seen()
    await put(publisher, *numbered(2000))

    async with consuming(broker, seen, publisher, batch_size=150):
        await until(lambda: len(seen.handled) == 2000)

    sizes = [len(batch) for batch in seen.batches]
    assert 20 < max(sizes) <= 150
    assert len(sizes) < 1000


async def test_a_refused_message_becomes_a_dead_letter_and_its_neighbours_are_done(broker, publisher, taken, depth):
    async def refuse_the_second(batch):
        return [
            Refused(index, Unprocessable("contract", "to: is missing"))
            for index, one in enumerate(batch)
            if one.body == b"1"
        ]

    seen = Seen(refuse_the_second)
    await put(publisher, *numbered(3))

    async with consuming(broker, seen, publisher):
        letter = await taken(DEAD)
        await until(lambda: len(seen.handled) == 3)

    assert letter.body == b"1"
    assert (letter.header.properties.headers["dead_reason"], letter.header.properties.headers["dead_error"]) == (
        "contract",
        "to: is missing",
    )
    assert (await depth(QUEUE), await depth(DEAD)) == (0, 0)


async def test_however_many_unprocessable_messages_come_the_consumer_goes_on(broker, publisher, depth):
    async def refuse(batch):
        raise Unprocessable("contract")

    await put(publisher, *numbered(40))

    async with consuming(broker, Seen(refuse), publisher) as running:
        await until(lambda: has(depth, DEAD, 40))
        assert not running.done()


@pytest.mark.timeout(60)  # it is given back five times, after pauses that grow
async def test_one_poisoned_message_is_isolated_and_in_the_end_dead_lettered(broker, publisher, taken, depth):
    async def choke(batch):
        if any(delivery.body == b"poison" for delivery in batch):
            raise ZeroDivisionError("poison")

    seen = Seen(choke)
    await put(publisher, b"before", b"poison", b"after")

    async with consuming(broker, seen, publisher):
        letter = await taken(DEAD)
        await until(lambda: b"after" in seen.handled)
        await until(lambda: is_empty(depth))

    headers = letter.header.properties.headers
    assert letter.body == b"poison"
    assert (headers["dead_reason"], headers["dead_error"]) == ("failed", "ZeroDivisionError: poison")
    assert headers["dead_attempt"] == 6
    assert seen.handled == [b"before", b"after"]


async def test_many_failures_in_a_row_stop_the_consumer_loudly(broker, publisher, depth, monkeypatch):
    monkeypatch.setattr("shared.messaging.consumer.MOST_FAILURES_IN_A_ROW", 3)
    monkeypatch.setattr("shared.messaging.consumer.SUSPECT_FROM", 0)
    monkeypatch.setattr("shared.messaging.inbox.SUSPECT_FROM", 0)
    monkeypatch.setattr("shared.messaging.consumer.SUSPECT_TRIES", 1)

    async def fail(batch):
        raise ZeroDivisionError

    await put(publisher, *numbered(10))
    consumer = Consumer(broker, QUEUE, fail, publisher)

    with pytest.raises(ConsumerStopped, match="3 messages"):
        await consumer.run(asyncio.Event())

    assert await depth(DEAD) == 2
    await until(lambda: has(depth, QUEUE, 8))


async def test_while_a_neighbour_is_away_the_batch_is_kept_and_tried_again(broker, publisher, depth):
    tries = []

    async def away_twice(batch):
        tries.append([delivery.redelivered for delivery in batch])
        if len(tries) < 3:
            raise NeighbourAway("postgres")

    seen = Seen(away_twice)
    await put(publisher, *numbered(3))

    async with consuming(broker, seen, publisher):
        await until(lambda: len(seen.handled) == 3)

    assert not any(any(redelivered) for redelivered in tries)
    assert seen.handled == numbered(3)
    assert (await depth(QUEUE), await depth(DEAD)) == (0, 0)


async def test_a_neighbour_away_too_long_gets_all_given_back_and_is_probed_until_it_is_there(broker, publisher, depth):
    there = asyncio.Event()

    async def away(batch):
        if not there.is_set():
            raise NeighbourAway("postgres")

    seen = Seen(away)
    await put(publisher, *numbered(50))

    async with consuming(broker, seen, publisher, away_limit=0.2, probe_pause=0.1):
        await until(lambda: has(depth, QUEUE, 50))
        probes = len(seen.batches)
        await until(lambda: len(seen.batches) > probes + 2)
        there.set()
        await until(lambda: seen.handled[-50:] == numbered(50))
        await until(lambda: is_empty(depth))

    assert {delivery.delivery_count for delivery in seen.batches[-1]} == {1}


async def test_stopping_finishes_and_acknowledges_the_batch_in_hand(broker, publisher, depth):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(batch):
        begun.set()
        await go_on.wait()

    seen = Seen(slowly)
    stopping = asyncio.Event()
    await put(publisher, b"in hand")
    running = asyncio.create_task(Consumer(broker, QUEUE, seen, publisher).run(stopping))
    await begun.wait()
    stopping.set()
    go_on.set()
    await running

    assert seen.handled == [b"in hand"]
    assert await depth(QUEUE) == 0


async def test_what_is_not_finished_in_the_grace_is_settled_by_nobody(broker, publisher, taken, depth):
    begun = asyncio.Event()

    async def endlessly(batch):
        begun.set()
        await asyncio.Event().wait()

    seen = Seen(endlessly)
    stopping = asyncio.Event()
    await put(publisher, b"unfinished")
    running = asyncio.create_task(Consumer(broker, QUEUE, seen, publisher, grace=0.1).run(stopping))
    await begun.wait()
    stopping.set()
    await running

    message = await taken(QUEUE)
    assert (message.body, message.delivery.redelivered, seen.handled) == (b"unfinished", True, [])
    assert await depth(DEAD) == 0


async def test_stopping_while_a_neighbour_is_away_settles_nothing(broker, publisher, depth):
    async def away(batch):
        raise NeighbourAway("postgres")

    seen = Seen(away)
    await put(publisher, b"kept")
    async with consuming(broker, seen, publisher):
        await until(lambda: len(seen.batches) >= 2)

    await until(lambda: has(depth, QUEUE, 1))
    assert await depth(DEAD) == 0


async def test_a_successor_takes_over_a_send_queue_in_order(broker, publisher):
    queue = topology.SEND_PRIORITY
    seen = Seen()
    bodies = numbered(300)
    outgoings = [Outgoing(topology.COMMANDS, "send.priority.1", body) for body in bodies]
    assert await publisher.publish_all(outgoings) == [None] * 300

    stopping = asyncio.Event()

    async def stop_midway(batch):
        if len(seen.handled) + len(batch) >= 90:
            stopping.set()

    seen._deed = stop_midway
    first = asyncio.create_task(Consumer(broker, queue, seen, publisher, prefetch=100, batch_size=30).run(stopping))
    await stopping.wait()
    async with consuming(broker, seen, publisher, queue):
        await first
        await until(lambda: len(seen.handled) == 300)

    assert seen.handled == bodies


async def test_a_dead_letter_that_finds_no_queue_keeps_its_message(broker, publisher, channel, depth):
    async def refuse(batch):
        raise Unprocessable("contract")

    await channel.queue_delete(DEAD)
    await put(publisher, b"kept")
    async with consuming(broker, Seen(refuse), publisher) as running:
        await until(lambda: _away_counted(QUEUE))
        assert not running.done()
        await topology.declare(broker)
        await until(lambda: has(depth, DEAD, 1))


async def test_a_message_the_broker_dead_lettered_itself_can_be_read(broker, publisher, channel):
    await put(publisher, b"rejected")
    message = await channel.basic_get(QUEUE)
    await channel.basic_reject(message.delivery_tag, requeue=False)
    seen = Seen()

    async with consuming(broker, seen, publisher, DEAD):
        await until(lambda: seen.handled)

    letter = dead_letter.from_delivery(seen.batches[0][0])
    assert (letter.source, letter.reason, letter.exchange, letter.body) == (
        QUEUE,
        "rejected",
        topology.WEBHOOKS,
        b"rejected",
    )


async def has(depth, queue, count):
    return await depth(queue) == count


def _away_counted(queue):
    return metrics.NEIGHBOUR_AWAY.labels(queue, "rabbitmq")._value.get() > 0


async def test_a_refused_message_with_headers_of_any_kind_becomes_a_dead_letter(broker, publisher, taken):
    """Another program's headers: a text that is not UTF-8, and as much as one frame holds."""

    async def refuse(batch):
        return [Refused(place, Unprocessable("contract")) for place in range(len(batch))]

    odd = Outgoing(topology.WEBHOOKS, "webhook", b"odd", headers={"latin": b"caf\xe9"})
    large = Outgoing(topology.WEBHOOKS, "webhook", b"large", headers={"filler": "x" * 130_000})
    assert await publisher.publish_all([odd, large]) == [None, None]

    async with consuming(broker, Seen(refuse), publisher):
        letters = [await taken(DEAD) for _ in range(2)]

    assert [letter.body for letter in letters] == [b"odd", b"large"]
    assert letters[0].header.properties.headers["latin"] == b"caf\xe9"
