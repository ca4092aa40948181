"""A large batch is written in two transactions side by side."""

from collections import defaultdict

import pytest

from sender_service.model import Queued
from sender_service.sending.accept import WORTH_DIVIDING, Accept, Accepted
from sender_service.store import send_queue
from shared.messaging.errors import NeighbourAway
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command

RECIPIENTS = 20
MANY = [command(str(place), to=f"+39333{place % RECIPIENTS:07}") for place in range(2 * WORTH_DIVIDING)]


@pytest.fixture
def handed() -> list[Queued]:
    return []


@pytest.fixture
def accept(pool, handed) -> Accept:
    def hand_over(rows):
        handed.extend(rows)
        return set()

    return Accept(pool, lambda *_: None, hand_over=hand_over)


async def test_every_answer_stands_at_the_place_of_its_command(pool, accept):
    await grounds.organization(pool)
    results = await accept(MANY)
    logged = dict(await pool.fetch("select id, command_id from colomba.message_log"))
    assert [logged[result.message_id] for result in results] == [one.id for one in MANY]


async def test_a_recipient_s_messages_are_numbered_and_handed_over_in_their_order(pool, accept, handed):
    await grounds.organization(pool)
    results = await accept(MANY)
    given: dict[str, list[int]] = defaultdict(list)
    for one, result in zip(MANY, results, strict=True):
        given[(one.to or "").lstrip("+")].append(result.message_id)
    taken: dict[str, list[int]] = defaultdict(list)
    for row in handed:
        taken[row.recipient].append(row.message_id)
    assert taken == given
    assert all(ids == sorted(ids) for ids in given.values())


async def test_a_batch_of_which_half_failed_is_accepted_once_when_it_comes_again(pool, accept, monkeypatch):
    await grounds.organization(pool)
    real, calls = send_queue.enqueue, []

    async def enqueue(conn, messages, *others):
        calls.append(len(messages))
        if len(calls) == 2:
            raise NeighbourAway("postgres")
        return await real(conn, messages, *others)

    monkeypatch.setattr(send_queue, "enqueue", enqueue)
    with pytest.raises(NeighbourAway):
        await accept(MANY)
    assert len(await grounds.queue(pool)) == calls[0] < len(MANY)

    results = await accept(MANY)
    assert all(isinstance(result, Accepted) for result in results)
    assert sum(result.repeated for result in results) == calls[0]
    assert len({result.message_id for result in results}) == len(await grounds.queue(pool)) == len(MANY)
