from dataclasses import replace

from shared.messaging import dead_letter
from shared.messaging.delivery import Delivery
from shared.messaging.topology import DEAD

REFUSED = Delivery(
    body=b"\x00body",
    message_id="m-1",
    exchange="whatsapp.commands",
    routing_key="send.bulk.106540352242922",
    headers={"traceparent": "00-x", "x-delivery-count": 2, "app": "shop"},
    content_type="application/json",
    delivery_count=2,
    queue="sender.send.bulk",
)


def arrived(outgoing):
    """The dead letter as its queue delivers it."""
    return Delivery(
        body=outgoing.body,
        message_id="fresh",
        exchange=outgoing.exchange,
        routing_key=outgoing.routing_key,
        headers=outgoing.headers | {"x-delivery-count": 1},
        content_type=outgoing.content_type,
        queue=f"{outgoing.routing_key}.dead",
    )


def test_a_dead_letter_tells_where_it_came_from_why_and_how_often_it_was_tried():
    letter = dead_letter.of(REFUSED, "contract", "to: is missing")

    found = dead_letter.from_delivery(arrived(letter.outgoing()))

    assert (found.source, found.reason, found.error, found.attempt) == (
        "sender.send.bulk",
        "contract",
        "to: is missing",
        3,
    )
    assert (found.message_id, found.exchange, found.routing_key) == ("m-1", "whatsapp.commands", REFUSED.routing_key)
    assert (found.body, found.content_type) == (REFUSED.body, "application/json")
    assert found.headers == {"traceparent": "00-x", "app": "shop"}


def test_a_dead_letter_goes_to_the_dead_letter_queue_of_its_source_under_a_fresh_id():
    outgoing = dead_letter.of(REFUSED, "contract", "").outgoing()

    assert (outgoing.exchange, outgoing.routing_key, outgoing.message_id) == (DEAD, "sender.send.bulk", None)


def test_a_long_error_is_cut_so_that_the_letter_stays_deliverable():
    outgoing = dead_letter.of(REFUSED, "failed", "x" * 100_000).outgoing()

    assert len(outgoing.headers["dead_error"]) == 1_000


def test_headers_as_large_as_a_frame_are_left_behind_so_that_the_letter_stays_deliverable():
    delivery = replace(REFUSED, headers={"app": "shop", "large": "\u20ac" * 40_000, "traceparent": "00-x"})
    outgoing = dead_letter.of(delivery, "contract", "\u20ac" * 1_000).outgoing()

    assert "large" not in outgoing.headers
    assert (outgoing.headers["app"], outgoing.headers["traceparent"]) == ("shop", "00-x")


def test_a_dead_letter_of_the_brokers_own_is_understood():
    by_broker = Delivery(
        body=b"b",
        message_id="m-2",
        exchange=DEAD,
        routing_key="sender.webhooks",
        headers={"x-first-death-reason": "delivery_limit", "x-first-death-exchange": "whatsapp.webhooks", "app": ""},
        queue="sender.webhooks.dead",
    )

    found = dead_letter.from_delivery(by_broker)

    assert (found.source, found.reason, found.error) == ("sender.webhooks", "delivery_limit", "broker")
    assert (found.message_id, found.exchange, found.attempt) == ("m-2", "whatsapp.webhooks", 1)
    assert found.headers == {"app": ""}


def test_a_message_without_id_stays_without():
    letter = dead_letter.of(Delivery(b"b", queue="q"), "contract", "")

    assert dead_letter.from_delivery(arrived(letter.outgoing())).message_id is None


def test_a_refused_delivery_is_kept_as_it_was():
    assert dead_letter.of(REFUSED, "contract", "no") == dead_letter.DeadLetter(
        source="sender.send.bulk",
        reason="contract",
        error="no",
        attempt=3,
        message_id="m-1",
        exchange="whatsapp.commands",
        routing_key="send.bulk.106540352242922",
        content_type="application/json",
        headers=REFUSED.headers,
        body=b"\x00body",
    )


def test_what_travels_names_the_facts_beside_the_messages_own_headers():
    outgoing = dead_letter.of(REFUSED, "r" * 1_001, "e" * 1_001).outgoing()

    assert (outgoing.body, outgoing.content_type) == (b"\x00body", "application/json")
    assert outgoing.headers == {
        "traceparent": "00-x",
        "app": "shop",
        "dead_reason": "r" * 1_000,
        "dead_error": "e" * 1_000,
        "dead_attempt": 3,
        "dead_exchange": "whatsapp.commands",
        "dead_routing_key": "send.bulk.106540352242922",
        "dead_message_id": "m-1",
    }


def test_a_message_of_no_type_travels_as_bytes():
    outgoing = dead_letter.of(Delivery(b"b", queue="q"), "contract", "").outgoing()

    assert (outgoing.content_type, outgoing.headers["dead_message_id"]) == ("application/octet-stream", "")


def test_headers_are_kept_as_long_as_there_is_room():
    # A value counts as it is written down: with its two quotation marks.
    fits, too_much = {"a": "x" * (16_384 - 3)}, {"a": "x" * (16_384 - 2)}
    kept = [
        set(dead_letter.of(Delivery(b"", headers=headers, queue="q"), "r", "").outgoing().headers)
        for headers in (fits, too_much, {**fits, "b": ""}, {**too_much, "b": ""})
    ]

    assert [names & {"a", "b"} for names in kept] == [{"a"}, set(), {"a"}, {"b"}]


def test_a_letter_that_says_little_is_read_all_the_same():
    found = dead_letter.from_delivery(Delivery(b"b", "m-3", routing_key="q", headers={"dead_reason": 7}))

    assert found == dead_letter.DeadLetter(
        source="q",
        reason="7",
        error="",
        attempt=1,
        message_id=None,
        exchange="",
        routing_key="",
        content_type=None,
        headers={},
        body=b"b",
    )


def test_a_letter_of_the_broker_that_says_little_is_read_all_the_same():
    found = dead_letter.from_delivery(Delivery(b"b", None, routing_key="q", content_type="text/plain"))

    assert found == dead_letter.DeadLetter(
        source="q",
        reason="unknown",
        error="broker",
        attempt=1,
        message_id=None,
        exchange="",
        routing_key="q",
        content_type="text/plain",
        headers={},
        body=b"b",
    )


def test_a_count_that_is_none_is_the_first():
    letter = Delivery(b"b", routing_key="q", headers={"dead_reason": "r", "dead_attempt": "many"})

    assert dead_letter.from_delivery(letter).attempt == 1
