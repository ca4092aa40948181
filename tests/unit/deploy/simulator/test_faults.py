"""Every fault, and that the same seed strikes the same sends."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from aiohttp import ClientError, ContentTypeError

from deploy.simulator.faults import Faults
from tests.unit.deploy.simulator.conftest import NUMBER, Client
from tests.waiting import until


async def lost(sending: Awaitable[Any]) -> bool:
    """Did the connection end without an answer?"""
    try:
        await sending
    except ClientError:
        return True
    return False


async def silent(sending: Awaitable[Any]) -> bool:
    """Was there no answer for a while?"""
    try:
        await asyncio.wait_for(sending, 0.15)
    except TimeoutError:
        return True
    return False


async def fates(client: Client) -> list[str]:
    return [entry["fate"] for entry in await client.ledger()]


async def test_accept_then_time_out_processes_and_says_nothing(client, receiver):
    await client.fault({"fault": "accept-then-time-out", "count": 1})
    assert await silent(client.send())
    assert await fates(client) == ["accept_then_time_out"]
    await until(lambda: len(receiver.statuses()) == 3)
    assert {status["biz_opaque_callback_data"] for status in receiver.statuses()} == {"t.1.1"}
    assert await client.code() is None


async def test_answer_lost_processes_and_hangs_up(client):
    await client.fault({"fault": "answer_lost", "count": 1})
    assert await lost(client.send())
    assert await fates(client) == ["answer_lost"]


async def test_answer_cut_processes_and_breaks_off(client):
    await client.fault({"fault": "answer_cut", "count": 1, "after_bytes": 10})
    assert await lost(client.send())
    assert await fates(client) == ["answer_cut"]


async def test_time_out_and_connection_cut_process_nothing(client):
    await client.fault({"fault": "time_out", "count": 1}, {"fault": "connection_cut", "count": 1})
    assert await silent(client.send())
    assert await lost(client.send())
    assert await client.ledger() == []


@pytest.mark.parametrize("processed", [True, False])
async def test_a_server_error_without_json_is_before_or_after_as_ordered(client, processed):
    await client.fault({"fault": "server_error", "status": 502, "processed": processed})
    with pytest.raises(ContentTypeError) as caught:
        await client.send()
    assert caught.value.status == 502
    assert await fates(client) == (["server_error"] if processed else [])


async def test_a_server_error_may_have_a_body_of_its_own(client):
    await client.fault({"fault": "server_error", "status": 500, "body": '{"error":{"code":131000}}'})
    assert await client.send() == (500, {"error": {"code": 131000}})


CODES = {190: 401, 4: 400, 80007: 400, 130429: 400, 131056: 400, 368: 403, 131031: 403, 131000: 500, 2: 503}


@pytest.mark.parametrize(("code", "status"), CODES.items())
async def test_any_of_metas_codes_can_be_ordered(client, code, status):
    await client.fault({"fault": str(code), "details": "On order."})
    got, answer = await client.send()
    assert (got, answer["error"]["code"], answer["error"]["error_data"]["details"]) == (status, code, "On order.")
    assert await client.ledger() == []
    assert (await client.get("/_sim/summary"))["refused"] == {str(code): 1}


async def test_an_answer_can_be_of_the_wrong_kind_or_without_an_id(client):
    await client.fault({"fault": "wrong_content_type", "count": 1}, {"fault": "no_id", "count": 1})
    with pytest.raises(ContentTypeError) as caught:
        await client.send()
    assert caught.value.status == 200
    assert await client.send() == (200, {"messaging_product": "whatsapp", "contacts": [], "messages": []})
    assert await fates(client) == ["wrong_content_type", "no_id"]


async def test_a_slow_answer_comes_late(client):
    await client.fault({"fault": "slow", "seconds": 0.3, "count": 1})
    assert await silent(client.send())
    await client.fault({"fault": "slow", "seconds": 0.01, "count": 1})
    assert await client.code() is None


async def test_a_template_can_be_held(client):
    await client.fault({"fault": "held"})
    hello = {"name": "hello_world", "language": {"code": "en_US"}}
    _, answer = await client.send(type="template", template=hello, text=None)
    assert answer["messages"][0]["message_status"] == "held_for_quality_assessment"


async def test_a_fault_strikes_only_what_it_names(client):
    await client.fault(
        {"fault": "190", "phone_number_id": "1"}, {"fault": "131026", "to": "5"}, {"fault": "368", "token": "old"}
    )
    assert await client.code(number="1") == 190
    assert await client.code(to="+5") == 131026
    assert await client.code(token="old") == 368
    assert await client.code() is None


async def test_a_fault_can_let_some_pass_first_and_stop_after_some(client):
    await client.fault({"fault": "130429", "skip": 2, "count": 2})
    assert [await client.code() for _ in range(6)] == [None, None, 130429, 130429, None, None]
    [order] = (await client.get("/_sim/faults"))["faults"]
    assert (order["seen"], order["struck"], order["skip"], order["count"]) == (6, 2, 2, 2)


async def test_faults_are_cleared(client):
    await client.fault({"fault": "190"})
    async with client.session.delete(f"{client.url}/_sim/faults") as response:
        assert response.status == 200
    assert await client.code() is None


def drawn(run: int, **order: Any) -> list[bool]:
    faults = Faults(run)
    fault = faults.add({"fault": "answer_lost", "share": 0.3, **order})
    return [fault.strikes(number=NUMBER, to="1", token="t") for _ in range(1000)]


def test_the_same_seed_strikes_the_same():
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert drawn(1, seed=9) == drawn(2, seed=9)
    assert 250 < sum(drawn(1)) < 350
    assert sum(drawn(1, share=0.0)) == 0
    assert sum(drawn(1, share=1.0)) == 1000


@pytest.mark.parametrize("order", [{"fault": "nonsense"}, {"fault": "190", "share": 2}, {"fault": "190", "x": 1}, {}])
async def test_an_order_that_makes_no_sense_is_refused_with_a_sentence(client, order):
    status, answer = await client.post("/_sim/faults", order)
    assert status == 400
    assert answer["error"]


async def test_a_message_can_fail_after_it_was_accepted(client, receiver):
    await client.fault({"fault": "status_failed", "code": 131026, "details": "No WhatsApp."})
    _, answer = await client.send()
    await until(receiver.statuses)
    [status] = receiver.statuses()
    assert (status["status"], status["id"]) == ("failed", answer["messages"][0]["id"])
    assert status["biz_opaque_callback_data"] == "t.1.1"
    [error] = status["errors"]
    assert (error["code"], error["error_data"]) == (131026, {"details": "No WhatsApp."})
    assert "pricing" not in status


async def test_statuses_can_be_missing(client, receiver):
    await client.fault({"fault": "status_missing", "count": 1})
    await client.send(biz_opaque_callback_data="t.1.1")
    await client.send(biz_opaque_callback_data="t.2.1")
    await until(lambda: len(receiver.statuses()) == 3)
    assert {status["biz_opaque_callback_data"] for status in receiver.statuses()} == {"t.2.1"}


async def test_a_webhook_can_be_lost(client, receiver):
    await client.fault({"fault": "webhook_lost", "count": 1})
    await client.post("/_sim/options", {"updates_per_webhook": 1})
    await client.send()
    await until(lambda: len(receiver.statuses()) == 2)
    counts = (await client.get("/_sim/summary"))["webhooks"]
    assert (counts["webhook_lost"], counts["updates_lost"]) == (1, 1)


async def test_a_webhook_can_come_twice(client, receiver):
    await client.fault({"fault": "webhook_duplicated", "count": 1})
    await client.send()
    await until(lambda: len(receiver.raw) >= 2)
    assert len(set(receiver.raw)) == len(receiver.raw) - 1


async def test_a_webhook_can_come_late(client, receiver):
    await client.fault({"fault": "webhook_late", "count": 1, "seconds": 0.2})
    await client.post("/_sim/options", {"updates_per_webhook": 1})
    await client.send()
    await until(lambda: len(receiver.statuses()) == 3)
    assert [status["status"] for status in receiver.statuses()][-1] == "sent"


async def test_webhooks_can_change_places(client, receiver):
    await client.fault({"fault": "webhook_reordered", "count": 1})
    await client.post("/_sim/options", {"updates_per_webhook": 1, "statuses": "sent,delivered"})
    await client.post("/_sim/reset", {})
    await client.fault({"fault": "webhook_reordered", "count": 1})
    await client.send()
    await until(lambda: len(receiver.statuses()) == 2)
    assert {status["status"] for status in receiver.statuses()} == {"sent", "delivered"}
