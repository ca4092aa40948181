"""Two workers at once: what Meta delivers three times in parallel counts once, and nobody waits for nobody for ever."""

import asyncio
import random

import pytest

from sender_service.store.database import open_pool
from tests.webhook_builders import AT, INSTALLATION, Inbound, outbound, payload, register, status, text_message, value


@pytest.fixture
async def workers(postgres_dsn):
    async with open_pool(postgres_dsn) as one, open_pool(postgres_dsn) as other:
        await register(one)
        yield Inbound(one), Inbound(other)


async def test_the_same_webhook_three_times_in_parallel_counts_once(workers):
    one, other = workers
    for number in range(10):
        body = payload(value([text_message(f"hello {number}", **{"from": f"39333000000{number}"})], contacts=[]))
        await asyncio.gather(one.take(body), other.take(body), one.take(body))

    for table in ("message_log", "contacts", "conversations", "leads", "lead_links", "lead_notes"):
        assert await one.value(f"select count(*) from {table}") == 10, table
    assert await one.value("select sum(unread_count) from conversations") == 10
    told = [*one.told, *other.told]
    assert len({event.id for event in told}) == len(told) == 30


async def test_different_messages_of_one_stranger_in_parallel_make_one_contact_and_one_lead(workers):
    one, other = workers
    bodies = [payload(value([text_message(f"hello {number}")])) for number in range(8)]
    await asyncio.gather(*(workers[number % 2].take(body) for number, body in enumerate(bodies)))

    for table in ("contacts", "conversations", "leads", "lead_links"):
        assert await one.value(f"select count(*) from {table}") == 1, table
    assert await one.value("select unread_count from conversations") == 8
    assert await other.value("select count(*) from lead_notes") == 8


async def test_shuffled_batches_of_messages_and_statuses_lose_nothing(workers):
    one, _ = workers
    chance = random.Random(3)
    organization = await one.value("select id from organizations")
    ours = [await outbound(one.pool, organization, status="queued", attempt=0) for _ in range(20)]
    people = [f"3933300000{number:02d}" for number in range(12)]
    bodies = [
        payload(value([text_message(f"m{n}", id=f"wamid.m{n}", **{"from": chance.choice(people)})], contacts=[]))
        for n in range(120)
    ]
    bodies += [
        payload(value(statuses=[status(f"wamid.o{n}", name, AT, biz_opaque_callback_data=f"{INSTALLATION}.{n}.1")]))
        for n in ours
        for name in ("sent", "delivered", "read")
    ]

    async def work(inbound: Inbound) -> None:
        mine = bodies * 2
        random.Random(id(inbound)).shuffle(mine)
        for start in range(0, len(mine), 30):
            await inbound.take(*mine[start : start + 30])

    await asyncio.gather(*(work(inbound) for inbound in (*workers, *workers)))
    assert await one.value("select count(*) from message_log where direction = 'inbound'") == 120
    assert await one.value("select sum(unread_count) from conversations") == 120
    assert await one.value("select count(*) from lead_notes") == 120
    assert await one.value("select count(*) from leads") == await one.value("select count(*) from contacts")
    assert await one.value("select count(*) from message_log where status = 'read'") == 20
    assert await one.value("select count(*) from message_status_events") == 60


async def test_merging_and_writing_at_once_leaves_nothing_with_the_contact_that_went(workers):
    one, other = workers
    for number in range(12):
        phone, user = f"39333100{number:02d}", f"IT.user{number}"
        by_phone = text_message(**{"from": phone})
        by_user = {**text_message(), "from_user_id": user}
        del by_user["from"]
        await one.take(payload(value([by_user], contacts=[])), payload(value([by_phone], contacts=[])))
        both = text_message(**{"from": phone, "from_user_id": user})
        late = [text_message(**{"from": phone}) for _ in range(3)]
        await asyncio.gather(
            one.take(payload(value([both], contacts=[]))),
            *(other.take(payload(value([item], contacts=[]))) for item in late),
        )

    alive = await one.rows("select id from contacts where merged_into is null")
    assert len(alive) == 12
    strays = "select count(*) from {} t join contacts c on c.id = t.contact_id where c.merged_into is not null"
    assert await one.value(strays.format("message_log")) == 0
    assert await one.value(strays.format("conversations")) == 0
    assert await one.value("select sum(unread_count) from conversations") == 12 * 6
    assert await one.value("select count(*) from message_log") == 12 * 6
