"""Statuses, inbound messages and their delivery."""

import time

import orjson
import pytest

from deploy.simulator.options import WABA_ID
from tests.unit.deploy.simulator.conftest import NUMBER
from tests.waiting import until


async def test_an_accepted_message_is_sent_delivered_and_read(client, receiver):
    _, answer = await client.send()
    await until(lambda: len(receiver.statuses()) == 3)
    assert [status["status"] for status in receiver.statuses()] == ["sent", "delivered", "read"]
    sent, _, read = receiver.statuses()
    assert int(sent.pop("timestamp")) > 1_700_000_000
    assert sent == {
        "id": answer["messages"][0]["id"],
        "status": "sent",
        "recipient_id": "529983162438",
        "biz_opaque_callback_data": "t.1.1",
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "service", "type": "regular"},
    }
    assert "pricing" not in read
    body = receiver.bodies[0]
    assert body["object"] == "whatsapp_business_account"
    assert body["entry"][0]["id"] == WABA_ID
    assert body["entry"][0]["changes"][0]["field"] == "messages"
    assert receiver.values()[0]["metadata"] == {"display_phone_number": "15552242922", "phone_number_id": NUMBER}


async def test_a_status_of_a_message_without_callback_data_has_none(client, receiver):
    await client.send(biz_opaque_callback_data=None)
    await until(receiver.statuses)
    assert "biz_opaque_callback_data" not in receiver.statuses()[0]


async def test_callback_data_come_back_character_by_character(client, receiver):
    strange = 'a"b\\c\n\x1f😀ü' + "x" * 480
    await client.send(biz_opaque_callback_data=strange)
    await until(receiver.statuses)
    assert receiver.statuses()[0]["biz_opaque_callback_data"] == strange


async def test_a_status_to_a_user_without_a_number_names_the_user_id(client, receiver):
    await client.send(to=None, recipient="MX.1349")
    await until(receiver.statuses)
    assert receiver.statuses()[0]["recipient_user_id"] == "MX.1349"
    assert "recipient_id" not in receiver.statuses()[0]


async def test_other_statuses_can_be_ordered_while_it_runs(client, receiver):
    await client.post("/_sim/options", {"statuses": "sent,delivered,read,played"})
    await client.send()
    await until(lambda: len(receiver.statuses()) == 4)
    assert [status["status"] for status in receiver.statuses()] == ["sent", "delivered", "read", "played"]
    await client.post("/_sim/options", {"statuses": ""})
    await client.send()
    assert (await client.get("/_sim/summary"))["statuses"] == {"made": 4, "waiting": 0}


async def test_reactions_are_only_ever_sent(client, receiver):
    await client.send(type="reaction", reaction={"message_id": "wamid.1", "emoji": "👍"}, text=None)
    await client.send()
    await until(lambda: len(receiver.statuses()) == 4)
    assert sorted(status["status"] for status in receiver.statuses()) == ["delivered", "read", "sent", "sent"]


@pytest.mark.parametrize(("most", "sizes"), [(1, [1] * 30), (4, [2, *[4] * 7]), (1000, [30])])
async def test_updates_go_in_batches_of_the_size_ordered(meta, client, receiver, *, most, sizes):
    await client.post("/_sim/options", {"updates_per_webhook": most, "status_delay_s": 1000, "statuses": "sent"})
    for place in range(30):
        await client.send(to=f"+5299831624{place:02}")
    meta.world.statuses.flush(time.monotonic() + 1000)
    await until(lambda: len(receiver.statuses()) == 30)
    assert sorted(len(value["statuses"]) for value in receiver.values()) == sizes


async def test_a_webhook_is_posted_again_until_it_is_answered_200(client, receiver):
    receiver.answers = [503, 500, 403, 200]
    await client.post("/_sim/options", {"statuses": "sent"})
    await client.post("/_sim/reset", {})
    await client.send()
    await until(receiver.statuses)
    assert receiver.refused == 3
    await until(lambda: receiver.answers == [])
    counts = (await client.get("/_sim/summary"))["webhooks"]
    assert (counts["answered_503"], counts["delivered"], counts["backlog"]) == (1, 1, 0)


async def test_a_webhook_nobody_takes_is_given_up_in_the_end(client, receiver):
    await client.post("/_sim/options", {"retry_for_s": 0.05, "statuses": "sent", "webhook_url": "http://127.0.0.1:9/"})
    await client.post("/_sim/reset", {})
    await client.send()

    async def given_up() -> int:
        return int((await client.get("/_sim/summary"))["webhooks"].get("given_up", 0))

    assert await until(given_up) == 1


async def test_a_reset_forgets_what_was_under_way(meta, client, receiver):
    receiver.answers = [503] * 1000
    await client.send()
    await until(lambda: receiver.refused)
    assert (await client.post("/_sim/reset", {}))[1] == {"status": "empty"}
    assert await client.ledger() == []
    assert (meta.world.webhooks.backlog, meta.world.statuses.waiting()) == (0, 0)
    receiver.answers = []
    await client.send(biz_opaque_callback_data="t.2.1")
    await until(lambda: len(receiver.statuses()) == 3)
    assert {status["biz_opaque_callback_data"] for status in receiver.statuses()} == {"t.2.1"}


async def test_an_inbound_text_is_delivered_in_metas_shape(client, receiver):
    status, answer = await client.post(
        "/_sim/inbound",
        {"phone_number_id": NUMBER, "from": "+52 998 111 2233", "profile_name": "Ana", "text": "Hola"},
    )
    [delivered] = answer["delivered"]
    [value] = receiver.values()
    [message] = value["messages"]
    assert (status, delivered["status"], delivered["tries"]) == (200, 200, 1)
    assert value["contacts"] == [{"profile": {"name": "Ana"}, "wa_id": "529981112233"}]
    assert delivered["ids"] == [message.pop("id")]
    assert int(message.pop("timestamp")) > 1_700_000_000
    assert message == {"type": "text", "from": "529981112233", "text": {"body": "Hola"}}


async def test_several_inbound_messages_go_in_one_webhook_per_number(client, receiver):
    people = [{"phone_number_id": number, "from": f"52998111223{place}"} for place in range(3) for number in ("1", "2")]
    _, answer = await client.post("/_sim/inbound", people)
    assert [len(each["ids"]) for each in answer["delivered"]] == [3, 3]
    assert len(receiver.bodies) == 2
    assert len({message["id"] for message in receiver.messages()}) == 6


async def test_any_type_can_come_in(client, receiver):
    order = {
        "phone_number_id": NUMBER,
        "from": "529981112233",
        "type": "interactive",
        "interactive": {"type": "button_reply", "button_reply": {"id": "yes", "title": "Sí"}},
        "context": {"from": "15552242922", "id": "wamid.1"},
        "wamid": "wamid.own",
        "timestamp": 1_795_000_000,
    }
    await client.post("/_sim/inbound", order)
    assert receiver.messages() == [
        {
            "id": "wamid.own",
            "timestamp": "1795000000",
            "type": "interactive",
            "from": "529981112233",
            "interactive": order["interactive"],
            "context": order["context"],
        }
    ]


async def test_a_user_without_a_number_can_write(client, receiver):
    order = {"phone_number_id": NUMBER, "user_id": "MX.1349", "username": "ana", "text": "Hola"}
    await client.post("/_sim/inbound", order)
    [value] = receiver.values()
    assert value["contacts"] == [{"profile": {"name": "Cliente", "username": "ana"}, "user_id": "MX.1349"}]
    assert value["messages"][0]["from_user_id"] == "MX.1349"
    assert "from" not in value["messages"][0]


async def test_a_system_message_has_no_contacts(client, receiver):
    system = {"type": "user_changed_number", "wa_id": "529981112299", "body": "changed"}
    order = {"phone_number_id": NUMBER, "from": "529981112233", "type": "system", "system": system}
    await client.post("/_sim/inbound", order)
    assert "contacts" not in receiver.values()[0]
    assert receiver.messages()[0]["system"] == system


async def test_an_inbound_picture_can_be_fetched(client, receiver):
    order = {"phone_number_id": NUMBER, "from": "529981112233", "type": "image", "image": {"caption": "Luna"}}
    await client.post("/_sim/inbound", order)
    image = receiver.messages()[0]["image"]
    assert (image["mime_type"], image["caption"]) == ("image/png", "Luna")
    medium = await client.get(f"/v25.0/{image['id']}?phone_number_id={NUMBER}")
    assert medium["file_size"] > 60
    async with client.session.get(medium["url"], headers={"Authorization": "Bearer t"}) as response:
        assert (await response.read()).startswith(b"\x89PNG")


async def test_any_field_and_any_bytes_can_be_posted(client, receiver):
    value = {"event": "ACCOUNT_RESTRICTION"}
    await client.post("/_sim/inbound", {"field": "account_update", "value": value, "waba_id": "7"})
    [entry] = receiver.bodies[0]["entry"]
    assert (entry["id"], entry["changes"]) == ("7", [{"field": "account_update", "value": value}])
    assert isinstance(entry["time"], int)
    await client.post("/_sim/inbound", {"raw": {"object": "x"}})
    await client.post("/_sim/inbound", {"raw": '{"a":  1}'})
    assert receiver.raw[1:] == [b'{"object":"x"}', b'{"a":  1}']


async def test_an_order_without_a_number_is_refused_with_a_sentence(client):
    assert await client.post("/_sim/inbound", {"from": "1"}) == (400, {"error": "KeyError: 'phone_number_id'"})


async def test_the_address_of_an_account_goes_before_that_of_the_app(meta, client):
    world = meta.world
    app = world.options.webhook_url
    assert world.webhooks.url(NUMBER) == app
    world.numbers.overrides[WABA_ID] = "http://account"
    assert (world.webhooks.url(NUMBER), world.webhooks.url("", WABA_ID)) == ("http://account", "http://account")
    await client.post(
        "/_sim/numbers", {"id": NUMBER, "webhook_configuration": {"override_callback_uri": "http://number"}}
    )
    assert world.webhooks.url(NUMBER) == "http://number"
    assert world.webhooks.url("", "another account") == app


async def test_the_callback_is_verified_on_request(client):
    assert await client.post("/_sim/verify", {}) == (200, {"status": 200, "verified": True})
    await client.post("/_sim/options", {"verify_token": "wrong"})
    assert await client.post("/_sim/verify", {}) == (200, {"status": 403, "verified": False})


async def test_a_new_template_is_reviewed_and_told(client, receiver):
    await client.post("/_sim/options", {"template_review_s": 0.01})
    new = {
        "name": "promo",
        "language": "es_MX",
        "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Hola"}],
    }
    _, answer = await client.post(f"/v25.0/{WABA_ID}/message_templates", new)
    await until(lambda: receiver.bodies)
    assert receiver.values() == [
        {
            "event": "APPROVED",
            "message_template_id": int(answer["id"]),
            "message_template_name": "promo",
            "message_template_language": "es_MX",
            "reason": "NONE",
        }
    ]


async def test_a_template_changes_on_order_and_is_told(client, receiver):
    change = {"name": "hello_world", "language": "en_US", "status": "PAUSED", "other_info": {"title": "FIRST_PAUSE"}}
    _, answer = await client.post("/_sim/templates", change)
    assert answer["status"] == "PAUSED"
    await until(lambda: receiver.bodies)
    [value] = receiver.values()
    assert (value["event"], value["other_info"]) == ("PAUSED", {"title": "FIRST_PAUSE"})
    assert receiver.bodies[0]["entry"][0]["changes"][0]["field"] == "message_template_status_update"
    assert (await client.post("/_sim/templates", {"name": "nope", "language": "x"}))[0] == 400


async def test_bodies_are_written_as_json_once(client, receiver):
    await client.send()
    await until(lambda: receiver.raw)
    assert orjson.dumps(orjson.loads(receiver.raw[0])) == receiver.raw[0]
