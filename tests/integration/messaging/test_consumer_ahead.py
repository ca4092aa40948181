"""The next batch is taken and prepared while the one in hand is handled."""

import asyncio

from tests.integration.messaging.test_consumer import QUEUE, Seen, consuming, numbered, put
from tests.waiting import until


class Held(Seen):
    """Handles nothing before `go` is set, and keeps what it was asked to prepare."""

    def __init__(self):
        super().__init__(self._wait)
        self.go = asyncio.Event()
        self.prepared = []

    async def _wait(self, _batch):
        await self.go.wait()

    async def prepare(self, batch):
        self.prepared += [delivery.body for delivery in batch]


async def test_the_next_batch_is_prepared_while_one_is_in_hand(broker, publisher, depth):
    held = Held()
    await put(publisher, *numbered(6))
    async with consuming(broker, held, publisher, prepare=held.prepare, batch_size=2):
        await until(lambda: len(held.prepared) == 4)
        assert (held.bodies, held.handled) == (numbered(2), [])
        held.go.set()
        await until(lambda: len(held.handled) == 6)
    assert held.handled == held.prepared == numbered(6)
    assert await depth(QUEUE) == 0


async def test_what_cannot_be_prepared_is_handled_all_the_same(broker, publisher):
    seen = Seen()

    async def fail(_batch):
        raise ValueError("not today")

    await put(publisher, *numbered(4))
    async with consuming(broker, seen, publisher, prepare=fail, batch_size=2):
        await until(lambda: len(seen.handled) == 4)
    assert seen.handled == numbered(4)


async def test_a_consumer_whose_hands_are_full_is_not_taken_for_forgotten(broker, publisher, depth, monkeypatch):
    looks = []

    async def ready(inbox):
        looks.append(inbox)
        return True

    monkeypatch.setattr("shared.messaging.inbox.LOOK_EVERY", 0.01)
    monkeypatch.setattr("shared.messaging.inbox.Inbox._has_ready_messages", ready)
    held = Held()
    await put(publisher, *numbered(4))
    async with consuming(broker, held, publisher, prefetch=2, batch_size=2):
        await until(lambda: len(held.bodies) == 2)
        # A round of looking and more: the loop turns, and nobody asks whether messages are ready.
        rounds = asyncio.get_running_loop().time() + 0.1
        await until(lambda: asyncio.get_running_loop().time() > rounds)
        assert not looks
        held.go.set()
        await until(lambda: len(held.handled) == 4)
    assert held.handled == numbered(4)
    assert await depth(QUEUE) == 0
