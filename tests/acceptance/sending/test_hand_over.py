import asyncio
import time

import pytest

from sender_service.errors import TokenUnreadable
from sender_service.inbound.handler import InboundHandler
from sender_service.sending import number as one_number
from sender_service.sending.accept import Accept
from sender_service.sending.ownership import TTL
from sender_service.store import number_leases, send_queue
from tests import builders
from tests import webhook_builders as build
from tests.acceptance.sending.conftest import Worker
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until


async def owner(pool, number=builders.PHONE_NUMBER_ID):
    return await pool.fetchval(
        "select owner from colomba.number_leases where phone_number_id = $1 and expires_at > now()", number
    )


async def vanish(worker: Worker) -> None:
    """As kill -9 leaves it: nothing is given back."""
    worker.task.cancel()
    await asyncio.wait([worker.task])


def said(meta, recipient):
    return [int(r.body["text"]["body"]) for r in meta.requests if r.body["to"] == recipient]


async def test_two_workers_share_the_numbers_and_each_number_has_one_owner(pool, start):
    organization_id = await grounds.organization(pool)
    for number in range(30):
        await grounds.another_number(pool, organization_id, f"{number}")
    start("worker-1")
    start("worker-2")

    async def shares():
        rows = await pool.fetch("select owner, count(*) from colomba.number_leases where expires_at > now() group by 1")
        counts = {row["owner"]: row["count"] for row in rows}
        return len(counts) == 2 and sum(counts.values()) == 31 and min(counts.values()) >= 8

    await until(shares, 10)


async def test_a_stopped_worker_gives_its_numbers_back_and_the_other_goes_on_in_order(pool, start, meta):
    await grounds.organization(pool)
    first = start("worker-1")
    await until(lambda: owner(pool))
    people = [f"+39333000000{n % 5}" for n in range(10)]
    meta.delay = 0.3
    commands = [command(f"{n}", to=people[n], text={"body": f"{n}"}) for n in range(10)]
    await grounds.accepted(first.accept, *commands)
    await until(lambda: len(meta.requests) >= 3)
    start("worker-2")
    await first.stop()
    assert await pool.fetchval("select count(*) from colomba.send_queue where state = 'sending'") == 0
    sent = len(meta.requests)
    await until(lambda: len(meta.requests) > sent, 10)
    for person in people:
        assert said(meta, person) == sorted(said(meta, person))
    assert len({r.attempt_id for r in meta.requests}) == len(meta.requests)


async def test_a_killed_workers_number_is_taken_over_within_ten_seconds(pool, start, meta):
    await grounds.organization(pool)
    first = start("worker-1")
    await until(lambda: owner(pool))
    await grounds.accepted(first.accept, command("a"))
    await until(lambda: meta.requests)
    second = start("worker-2")
    await vanish(first)
    died = time.monotonic()
    await grounds.accepted(second.accept, command("b", to="+393330000001"))
    await until(lambda: len(meta.requests) == 2, 12)
    assert time.monotonic() - died < 10
    assert await owner(pool) == "worker-2"


@pytest.mark.parametrize(
    ("intend", "commands"), [("intend", 2), ("enqueue", 1)], ids=["in a group", "with its acceptance"]
)
async def test_a_worker_whose_clock_went_on_while_it_was_frozen_sends_nothing(
    pool, start, meta, monkeypatch, *, intend, commands
):
    """Frozen between intent and first byte for longer than its lease: the intent is committed, the gate stays shut."""
    await grounds.organization(pool)
    jump = 0.0

    def clock():
        return time.monotonic() + jump

    worker = start("worker-1", monotonic=clock)
    await until(lambda: owner(pool))
    number = worker.dispatcher._numbers[builders.PHONE_NUMBER_ID]
    await until(lambda: number.is_idle)
    before = getattr(send_queue, intend)

    async def frozen_after_the_intent(*arguments):
        nonlocal jump
        answer = await before(*arguments)
        jump = 60.0
        number.lease_until = min(number.lease_until, clock() - 1)
        return answer

    monkeypatch.setattr(send_queue, intend, frozen_after_the_intent)
    await grounds.accepted(worker.accept, *(command(f"{n}", to=f"+39333000000{n}") for n in range(commands)))
    await until(lambda: outcome(pool))
    assert meta.requests == []
    assert await outcome(pool) == "not_sent"


async def outcome(pool):
    return await pool.fetchval("select outcome from colomba.message_attempts limit 1")


async def test_an_intent_in_the_name_of_an_old_epoch_is_not_admitted(pool, start):
    await grounds.organization(pool)
    [message_id] = await grounds.accepted(Accept(pool, lambda *_: None), command())
    number = builders.PHONE_NUMBER_ID
    assert await number_leases.claim(pool, "old", TTL, [number]) == {number: 1}
    await number_leases.release(pool, "old", [number])
    assert await number_leases.claim(pool, "new", TTL, [number]) == {number: 2}
    assert await send_queue.intend(pool, "old", [(message_id, 1, 1)]) == set()
    assert await send_queue.why_not(pool, "old", [message_id]) == {message_id: ("lease", 0.0)}
    assert await send_queue.intend(pool, "new", [(message_id, 1, 2)]) == {message_id}
    assert await send_queue.intend(pool, "new", [(message_id, 1, 2)]) == {message_id}


async def test_a_number_given_up_and_wanted_back_is_sent_from_again(pool, start, meta):
    await grounds.organization(pool)
    worker = start("worker-1")
    await until(lambda: owner(pool))
    worker.dispatcher._numbers[builders.PHONE_NUMBER_ID].close()
    await grounds.accepted(worker.accept, command())
    await until(lambda: meta.requests, 10)


async def test_a_token_that_cannot_be_read_holds_its_number_and_not_the_worker(pool, start, meta):
    organization_id = await grounds.organization(pool)
    await grounds.another_number(pool, organization_id, "2")

    def token_of(state):
        if state.id == "2":
            raise TokenUnreadable("another key")
        return "token"

    worker = start(token_of=token_of)
    await grounds.accepted(worker.accept, command("a", phone_number_id="2"), command("b"))
    await until(lambda: meta.requests)
    assert [request.number for request in meta.requests] == [builders.PHONE_NUMBER_ID]


async def test_a_status_of_what_a_dead_process_was_sending_lets_the_next_message_go(
    *, pool, bus, meta, start, monkeypatch
):
    monkeypatch.setattr(one_number, "LEAST_ORDER_SECONDS", 60.0)
    await grounds.organization(pool)
    token = await pool.fetchval("select token from colomba.installation")
    left, follows = await grounds.accepted(Accept(pool, bus.relay), command("a"), command("b"))
    await pool.execute(
        "update colomba.send_queue set state = 'sending', attempt = 1, epoch = 1, sending_since = now()"
        " where message_id = $1",
        left,
    )
    worker = start()
    await until(lambda: pool.fetchval("select not ready from colomba.send_queue where message_id = $1", follows))
    webhooks = InboundHandler(pool, bus.relay, token, worker.dispatcher.wake)
    sent = build.status("wamid.left", "sent", biz_opaque_callback_data=f"{token}.{left}.1")
    assert await webhooks([build.delivery(build.payload(build.value(statuses=[sent])))]) == []
    [request] = await until(lambda: meta.requests)
    assert request.attempt_id == f"{token}.{follows}.1"
    assert (await grounds.log(pool, left))["status"] == "sent"
