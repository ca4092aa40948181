"""The lean Meta of the bench notes arrivals and reads bodies without parsing them: it must still read them right."""

import orjson

from deploy.bench.load.graph import CALLBACK, KEY, TO, Graph, Seen, between, busiest_second, whole_seconds_rate
from deploy.bench.load.publishes import KINDS
from deploy.stand import meta_bodies

ORDERS = {"numbers": ["n1", "n2"], "first": 1, "count": 6, "run": "r1", "size": 1024, "installation": "token"}


def test_fields_are_found_in_a_message_body() -> None:
    body = orjson.dumps({"to": "+39333", "biz_opaque_callback_data": "i.5.1", **meta_bodies.template("t", "key-7")})

    assert [between(body, start) for start in (TO, CALLBACK, KEY)] == ["+39333", "i.5.1", "key-7"]
    assert between(b"{}", TO) == ""


def test_an_accepted_message_is_answered_with_an_id_and_counted_for_its_number() -> None:
    graph = Graph(delay=0, pump=None, keep=True)
    body = orjson.dumps({"to": "39333", **meta_bodies.template("t", "key-7")})

    answer = orjson.loads(graph.message(b"/v25.0/n1/messages", body, at=3.5))

    assert answer["messages"][0]["id"].startswith("wamid.")
    assert graph.seen.stats()["numbers"] == {"n1": 1}
    assert graph.seen.markers == {"key-7": 3.5}


def test_the_steady_rate_leaves_out_both_ends() -> None:
    seen = Seen()
    seen.times.extend([0.0] + [10 + index / 100 for index in range(98)] + [50.0])

    assert seen.stats()["steady_rate"] == 100 or abs(float(str(seen.stats()["steady_rate"])) - 100) < 1


def test_a_rate_of_whole_seconds_counts_a_hole_that_each_second_has_once_for_each() -> None:
    times = [second + index / 1000 for second in range(6) for index in range(900)]

    assert whole_seconds_rate([time for time in times if time <= 5.5]) == 900
    assert whole_seconds_rate([time for time in times if time >= 0.5]) == 900
    assert whole_seconds_rate([]) == whole_seconds_rate([1.0, 1.5]) == 0


def test_commands_take_turns_over_the_numbers_and_never_repeat_a_recipient() -> None:
    made = [(key, orjson.loads(body)) for key, body in KINDS["commands"](ORDERS)]

    assert [key for key, _ in made[:2]] == ["send.bulk.n2", "send.bulk.n1"]
    assert len({command["data"]["to"] for _, command in made}) == 6


def test_each_message_gets_its_three_statuses() -> None:
    updates = [
        status
        for _, body in KINDS["statuses"](ORDERS | {"per_webhook": 4})
        for status in orjson.loads(body)["entry"][0]["changes"][0]["value"]["statuses"]
    ]

    assert len(updates) == 6
    assert {update["status"] for update in updates} == {"sent", "delivered", "read"}
    assert updates[0]["biz_opaque_callback_data"] == "token.1.1"


def test_inbound_webhooks_have_the_size_that_was_asked_for() -> None:
    assert {len(body) for _, body in KINDS["inbound"](ORDERS)} == {1024}


def test_the_busiest_second_slides() -> None:
    assert busiest_second([]) == 0
    assert busiest_second([0.0, 0.9, 1.0, 1.1, 1.2, 2.5]) == 4
