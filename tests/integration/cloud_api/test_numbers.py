"""Numbers and accounts at Meta, through the simulator."""

from typing import Any

import pytest
from aiohttp import web

from deploy.simulator.options import WABA_ID
from sender_service.cloud_api import numbers
from sender_service.cloud_api.graph import GraphRefused

NUMBER = "106540352242922"


async def test_a_number_tells_what_it_is(meta, graph):
    facts = await numbers.read(graph, NUMBER, "token")
    assert (facts.id, facts.digits, facts.display_phone_number) == (NUMBER, "15552242922", "15552242922")
    assert (facts.verified_name, facts.quality, facts.status) == ("Pet-Friendly", "GREEN", "CONNECTED")
    assert (facts.throughput, facts.messaging_limit) == (80, "TIER_100K")
    assert (facts.health, facts.reasons) == ("AVAILABLE", ())
    assert facts.raw["id"] == NUMBER


async def test_the_numbers_of_an_account_are_listed(meta, graph):
    meta.world.numbers.add("1", display_phone_number="+52 998 316 2438", throughput=1000)
    meta.world.numbers.add("2", waba_id="other")
    found = await numbers.listed(graph, WABA_ID, "token")
    assert [(one.id, one.digits, one.throughput) for one in found] == [("1", "529983162438", 1000)]


async def test_a_restricted_number_says_why(meta, graph):
    meta.world.numbers.add("1", health="BLOCKED")
    facts = await numbers.read(graph, "1", "token")
    assert (facts.health, facts.reasons) == ("BLOCKED", ("141000: Restricted.",))


@pytest.mark.parametrize(
    ("raw", "throughput"),
    [
        ({}, 80),
        ({"throughput": {"level": "STANDARD"}}, 80),
        ({"throughput": {"level": "HIGH"}}, 1000),
        ({"throughput": {"level": "HIGH"}, "is_on_biz_app": True}, 20),
        ({"is_on_biz_app": False}, 80),
    ],
)
def test_the_tier_is_learnt_from_meta(raw, throughput):
    assert numbers.throughput_of(raw) == throughput


@pytest.mark.parametrize("status", [None, "AVAILABLE", []])
def test_no_health_is_no_health(status):
    assert numbers.health_of(status) == (None, ())


async def test_the_profile_can_be_read_and_changed(graph):
    assert await numbers.profile(graph, NUMBER, "token") == {}
    await numbers.change_profile(graph, NUMBER, "token", {"about": "Vets", "websites": ["https://petfriendlyvet.com"]})
    expected = {"about": "Vets", "websites": ["https://petfriendlyvet.com"]}
    assert await numbers.profile(graph, NUMBER, "token") == expected


async def test_a_profile_field_too_long_is_refused(graph):
    await numbers.change_profile(graph, NUMBER, "token", {"about": "x" * 139})
    with pytest.raises(GraphRefused) as caught:
        await numbers.change_profile(graph, NUMBER, "token", {"about": "x" * 140})
    assert caught.value.code == 131009


async def test_a_number_is_registered_with_its_pin(meta, graph):
    await numbers.register(graph, NUMBER, "token", "123456")
    await numbers.deregister(graph, NUMBER, "token")
    number = meta.world.numbers.get(NUMBER)
    assert number is not None
    assert number.status == "DISCONNECTED"
    with pytest.raises(GraphRefused) as caught:
        await numbers.register(graph, NUMBER, "token", "654321")
    assert caught.value.code == 133005
    await numbers.register(graph, NUMBER, "token", "123456")
    assert number.status == "CONNECTED"


async def test_the_account_tells_its_limit(graph):
    account = await numbers.account(graph, WABA_ID, "token")
    assert account["whatsapp_business_manager_messaging_limit"] == "TIER_100K"
    assert account["account_review_status"] == "APPROVED"
    assert account["health_status"]["can_send_message"] == "AVAILABLE"


async def test_the_app_is_subscribed(graph):
    assert await numbers.subscriptions(graph, WABA_ID, "token") == []
    await numbers.subscribe(graph, WABA_ID, "token")
    [found] = await numbers.subscriptions(graph, WABA_ID, "token")
    assert found["whatsapp_business_api_data"]["name"] == "Colomba"
    assert "override_callback_uri" not in found


async def callback(request: web.Request) -> web.Response:
    right: Any = request.query["hub.verify_token"] == "right"
    return web.Response(status=200 if right else 403, text=request.query["hub.challenge"] if right else "")


async def test_a_callback_of_its_own_has_to_answer_the_challenge(meta, graph):
    app = web.Application()
    app.router.add_get("/hook", callback)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    uri = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        with pytest.raises(GraphRefused, match="could not be validated"):
            await numbers.subscribe(graph, WABA_ID, "token", callback=uri, verify_token="wrong")
        await numbers.subscribe(graph, WABA_ID, "token", callback=uri, verify_token="right")
    finally:
        await runner.cleanup()
    [found] = await numbers.subscriptions(graph, WABA_ID, "token")
    assert found["override_callback_uri"] == uri
    assert meta.world.webhooks.url(NUMBER) == uri
