from sender_service.roles.drain import fingerprint, letter
from shared.messaging import dead_letter
from shared.messaging.delivery import Delivery
from shared.messaging.topology import DEAD, UNROUTED


def dead_delivery(**changes) -> Delivery:
    taken = Delivery(
        body=b"{}", message_id="m1", exchange="whatsapp.commands", routing_key="send.bulk.123", queue="sender.send.bulk"
    )
    outgoing = dead_letter.of(taken, "contract", "data.to: is missing").outgoing()
    facts = {
        "body": outgoing.body,
        "message_id": "fresh",
        "exchange": DEAD,
        "routing_key": outgoing.routing_key,
        "headers": outgoing.headers,
        "queue": "sender.send.bulk.dead",
    }
    return Delivery(**(facts | changes))


def test_a_dead_letter_keeps_where_it_came_from_and_why():
    kept = letter(dead_delivery())
    assert (kept.source, kept.exchange, kept.routing_key) == ("sender.send.bulk", "whatsapp.commands", "send.bulk.123")
    assert (kept.reason, kept.error, kept.attempts) == ("contract", "data.to: is missing", 1)
    assert kept.body == b"{}"


def test_a_letter_is_the_same_by_its_id_and_its_body():
    """Programs use an id of their business as message id, and publish a corrected body under it."""
    once = letter(dead_delivery())
    assert letter(dead_delivery(message_id="fresher")).message_id == once.message_id
    assert letter(dead_delivery(body=b"[]")).message_id != once.message_id
    without = Delivery(body=b"{}", exchange="whatsapp.commands", routing_key="send.odd", queue=UNROUTED)
    assert letter(without).message_id == ""


def test_an_unrouted_message_has_that_reason():
    kept = letter(
        Delivery(body=b"x", message_id="m2", exchange="whatsapp.commands", routing_key="send.odd", queue=UNROUTED)
    )
    assert (kept.reason, kept.source, kept.routing_key) == ("unrouted", UNROUTED, "send.odd")


def test_what_postgres_cannot_hold_is_replaced_in_text_and_kept_in_the_body():
    kept = letter(
        Delivery(
            body=b"\x00\xff",
            message_id="m\x00",
            exchange="whatsapp.commands",
            routing_key="a\x00b\ud800",
            headers={"n\x00": "v\x00", "count": 3, "when": b"bytes"},
            queue=UNROUTED,
        )
    )
    assert kept.body == b"\x00\xff"
    assert "\x00" not in kept.message_id + kept.routing_key + str(kept.headers)
    kept.routing_key.encode()
    assert kept.headers["count"] == 3


def test_errors_that_differ_only_in_numbers_and_quotes_are_one_group():
    first = fingerprint("q", "contract", "data.to: at most 20 characters, was 31, in 'a'")
    assert first == fingerprint("q", "contract", "data.to: at most 20 characters, was 95, in 'b'")
    assert first != fingerprint("q", "contract", "data.from: at most 20 characters, was 95, in 'b'")
    assert first != fingerprint("other", "contract", "data.to: at most 20 characters, was 31, in 'a'")
