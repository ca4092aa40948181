from datetime import UTC, datetime, timedelta

import pytest

from sender_service.roles.count import Counting
from sender_service.store import statistics
from sender_service.store.database import acquired
from sender_service.store.statistics import Question

HOUR = datetime(2026, 3, 1, 10, tzinfo=UTC)


async def message(conn, at: datetime, **columns):
    facts = {
        "organization_id": 1, "direction": "outbound", "phone_number_id": "n1", "type": "text", "status": "sent",
        "content": {}, "created_at": at, "sent_at": at + timedelta(seconds=0.3),
    } | columns  # fmt: skip
    names = ", ".join(facts)
    places = ", ".join(f"${place}" for place in range(1, len(facts) + 1))
    return await conn.fetchval(f"insert into message_log ({names}) values ({places}) returning id", *facts.values())


@pytest.fixture
async def grounds(pool):
    """An hour with every kind of outcome, and one message in the hour after."""
    async with acquired(pool) as conn:
        await conn.execute("insert into organizations (name) values ('one'), ('two')")
        await message(conn, HOUR, delivered_at=HOUR + timedelta(seconds=1), pricing={"category": "utility"})
        read_at = HOUR + timedelta(minutes=5)
        await message(
            conn, HOUR, status="read", template="hello", campaign_id=7, read_at=read_at, delivered_at=read_at,
        )  # fmt: skip
        await message(conn, HOUR, status="failed", error_code=131026, sent_at=None)
        await message(conn, HOUR, status="received", direction="inbound", sent_at=None)
        await message(conn, HOUR + timedelta(hours=1), phone_number_id="n2")
        await message(conn, HOUR, organization_id=2)
    return pool


async def ask(pool, **changes) -> dict[tuple[object, ...], int]:
    question = Question(**({"since": HOUR, "until": HOUR + timedelta(hours=2)} | changes))
    async with acquired(pool) as conn:
        counts = await statistics.read(conn, 1, question, most=1000)
    return {tuple(part for part in count[:6] if part is not None): count.number for count in counts}


async def test_every_outcome_is_counted_once(grounds):
    counts = await ask(grounds)
    assert {key[0]: number for key, number in counts.items() if key[1] == ""} == {
        "messages": 4, "received": 1, "sent": 3, "delivered": 2, "read": 1, "failed": 1,
    }  # fmt: skip
    assert counts["error", "131026"] == 1
    assert counts["category", "utility"] == 1
    assert counts["sending_seconds", "0.5"] == 3
    assert counts["delivery_seconds", "1"] == 1
    assert counts["delivery_seconds", "300"] == 1


async def test_counted_hours_answer_the_same_as_the_messages_themselves(grounds):
    live = await ask(grounds, period="hour", by_number=True, by_template=True, by_campaign=True)
    counting = Counting(grounds)
    assert await counting.count_new() == 2
    assert await counting.count_new() == 1
    assert await counting.count_new() == 0
    assert await ask(grounds, period="hour", by_number=True, by_template=True, by_campaign=True) == live


async def test_an_hour_counted_again_takes_in_what_came_late(grounds):
    counting = Counting(grounds)
    await counting.count_new()
    async with acquired(grounds) as conn:
        await conn.execute("update message_log set status = 'failed', error_code = 1 where template = 'hello'")
        await conn.execute("update counted_hours set hour = hour, counted_at = now() - interval '61 minutes'")
        assert await counting.count_again() == 0, "the hour is older than 30 days"
        shift = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5) - HOUR
        await conn.execute("update message_log set created_at = created_at + $1::interval", shift)
        await conn.execute("update counted_hours set hour = hour + $1::interval", shift)
        await conn.execute("update message_statistics set hour = hour + $1::interval", shift)
    before = await ask(grounds, since=HOUR + shift, until=HOUR + shift + timedelta(hours=1))
    assert await counting.count_again() == 2
    after = await ask(grounds, since=HOUR + shift, until=HOUR + shift + timedelta(hours=1))
    assert (before["failed", ""], after["failed", ""]) == (1, 2)


async def test_counts_are_narrowed_and_told_apart(grounds):
    assert await ask(grounds, phone_number_id="n2") == {
        ("messages", ""): 1,
        ("sent", ""): 1,
        ("sending_seconds", "0.5"): 1,
    }
    by_campaign = await ask(grounds, by_campaign=True, template="hello")
    assert by_campaign[7, "read", ""] == 1
    by_hour = await ask(grounds, period="hour")
    assert by_hour[HOUR, "messages", ""] == 3
    assert by_hour[HOUR + timedelta(hours=1), "messages", ""] == 1


async def test_the_hour_that_is_not_over_is_not_counted_ahead(grounds):
    async with acquired(grounds) as conn:
        await conn.execute("delete from message_log")
        await message(conn, datetime.now(UTC))
    assert await Counting(grounds).count_new() == 0
