"""Dead letters: drained from the broker into the table, seen there, replayed and discarded."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sender_service.roles.scheduler import drains
from sender_service.store.database import acquired
from shared.messaging import dead_letter
from shared.messaging.consumer import Consumer
from shared.messaging.delivery import Delivery
from shared.messaging.publisher import Outgoing
from shared.messaging.topology import COMMANDS, SEND_BULK
from tests.acceptance.api.conftest import NUMBER, Api
from tests.waiting import until

BODY = b'{"type": "text", "to": "+393331234567", "text": {"body": "a secret"}}'


@pytest.fixture
async def drained(api: Api) -> AsyncIterator[None]:
    """The scheduler's consumers, at work."""
    over = asyncio.Event()
    running = [asyncio.create_task(consumer.run(over)) for consumer in drains(api.runtime)]
    yield
    over.set()
    await asyncio.gather(*running)


async def bury(api: Api, count: int = 1, reason: str = "contract", body: bytes = BODY) -> None:
    for number in range(count):
        taken = Delivery(
            body=body,
            message_id=f"{reason}-{number}",
            exchange=COMMANDS,
            routing_key=f"send.bulk.{NUMBER}",
            headers={"traceparent": "t"},
            queue=SEND_BULK,
        )
        await api.runtime.publisher.publish(dead_letter.of(taken, reason, "data.to: 393331234567 is odd").outgoing())


async def letters(api: Api, count: int) -> list[dict[str, Any]]:
    async def all_there() -> bool:
        return len((await api.get("/dead-letters")).ok()["data"]) == count

    await until(all_there, seconds=5, what=f"{count} letters")
    rows: list[dict[str, Any]] = (await api.get("/dead-letters")).ok()["data"]
    return rows


async def test_a_dead_letter_is_in_the_table_within_five_seconds(api: Api, drained):
    await until(lambda: api.runtime.publisher.is_ready)
    await bury(api)
    [letter] = await letters(api, 1)
    assert (letter["source"], letter["exchange"], letter["reason"]) == (SEND_BULK, COMMANDS, "contract")
    assert letter["error"] == "data.to: …67 is odd"
    detail = (await api.as_("MANAGER").get(f"/dead-letters/{letter['id']}")).ok()
    assert detail["headers"] == {"traceparent": "t"}
    assert detail["body"]["type"] == "text"
    assert "secret" not in str(detail["body"])
    assert "3331234567" not in str(detail)


async def test_a_message_nobody_is_bound_for_is_a_letter_too(api: Api, drained):
    await until(lambda: api.runtime.publisher.is_ready)
    await api.runtime.publisher.publish(Outgoing(COMMANDS, f"nowhere.bulk.{NUMBER}", BODY))
    [letter] = await letters(api, 1)
    assert (letter["reason"], letter["routing_key"]) == ("unrouted", f"nowhere.bulk.{NUMBER}")


async def test_letters_of_another_organization_do_not_exist(api: Api, drained):
    await until(lambda: api.runtime.publisher.is_ready)
    await bury(api)
    [letter] = await letters(api, 1)
    other = api.as_("OTHER")
    assert (await other.get("/dead-letters")).ok()["total"] == 0
    (await other.get(f"/dead-letters/{letter['id']}")).refused(404, "NOT_FOUND")
    assert (await other.post("/dead-letters/replay", {"ids": [letter["id"]]})).ok()["selected"] == []
    discard = {"ids": [letter["id"]], "confirm": "discard"}
    assert (await other.post("/dead-letters/discard", discard)).ok()["discarded"] == []


async def test_selected_letters_go_back_where_they_came_from_with_a_nonce(api: Api, drained):
    await until(lambda: api.runtime.publisher.is_ready)
    await bury(api, 2)
    await bury(api, 1, reason="failed")
    rows = await letters(api, 3)
    dry = (await api.post("/dead-letters/replay", {"reason": "contract", "dry_run": True})).ok()
    assert (len(dry["selected"]), dry["replayed"]) == (2, [])
    answer = (await api.post("/dead-letters/replay", {"reason": "contract"})).ok()
    assert (answer["replayed"], answer["failed"]) == (dry["selected"], [])
    taken: list[Delivery] = []

    async def take(batch) -> list[Any]:
        taken.extend(batch)
        return []

    over = asyncio.Event()
    running = asyncio.create_task(Consumer(api.runtime.amqp_url, SEND_BULK, take, api.runtime.publisher).run(over))
    await until(lambda: len(taken) == 2)
    over.set()
    await running
    assert {delivery.body for delivery in taken} == {BODY}
    assert len({delivery.headers["replay"] for delivery in taken}) == 2
    again = (await api.post("/dead-letters/replay", {"ids": [row["id"] for row in rows]})).ok()
    assert len(again["replayed"]) == 1, "what was replayed is closed"
    async with acquired(api.pool) as conn:
        assert await conn.fetchval("select count(*) from audit_log where action = 'dead_letters.replayed'") == 2


async def test_letters_are_discarded_only_when_the_word_is_typed(api: Api, drained):
    await until(lambda: api.runtime.publisher.is_ready)
    await bury(api, 2)
    await letters(api, 2)
    chosen = {"reason": "contract"}
    (await api.post("/dead-letters/discard", chosen)).refused(422, "VALIDATION_FAILED")
    (await api.post("/dead-letters/discard", {**chosen, "confirm": "yes"})).refused(422, "VALIDATION_FAILED")
    (await api.post("/dead-letters/discard", {"confirm": "discard"})).refused(422, "VALIDATION_FAILED")
    assert len((await api.post("/dead-letters/discard", {**chosen, "confirm": "discard"})).ok()["discarded"]) == 2
    assert (await api.get("/dead-letters")).ok()["total"] == 0
    assert (await api.get("/dead-letters?status=discarded")).ok()["total"] == 2


async def test_what_died_of_the_same_is_one_group(api: Api, drained):
    await until(lambda: api.runtime.publisher.is_ready)
    await bury(api, 3)
    await bury(api, 1, reason="failed")
    await letters(api, 4)
    groups = (await api.get("/dead-letters/groups")).ok()["data"]
    assert [(group["reason"], group["letters"]) for group in groups] == [("contract", 3), ("failed", 1)]
    (await api.post("/dead-letters/replay", {"reason": "x", "limit": 1000, "per_second": 1})).refused(
        422, "VALIDATION_FAILED"
    )
