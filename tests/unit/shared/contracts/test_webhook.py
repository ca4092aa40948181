from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import orjson
import pytest

from shared.contracts.errors import ContractViolation
from shared.contracts.webhook import RawWebhook, routing_key
from shared.messaging.delivery import Delivery

GOLDEN = Path(__file__).parents[3] / "data/contracts"
WEBHOOK = RawWebhook(
    datetime(2026, 11, 20, 8, 30, 0, 125, tzinfo=UTC),
    "shop",
    "ab" * 32,
    "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
    b"{}",
)


def delivered(headers, body=b"{}"):
    return Delivery(body=body, message_id=None, headers=headers)


def test_the_headers_say_all_the_ingress_knows():
    assert RawWebhook.from_delivery(delivered(WEBHOOK.headers())) == WEBHOOK


def test_a_webhook_without_a_trace_carries_no_traceparent():
    headers = {name: value for name, value in WEBHOOK.headers().items() if name != "traceparent"}

    assert RawWebhook.from_delivery(delivered(headers)).traceparent is None


def test_the_body_travels_untouched():
    body = b'\xef\xbb\xbf{"text":"\\ud800"}\x00'

    assert RawWebhook.from_delivery(delivered(WEBHOOK.headers(), body)).body == body


def test_a_time_is_understood_with_any_zone_and_without():
    zoned = WEBHOOK.received_at.astimezone(timezone(timedelta(hours=-3)))

    for text in (zoned.isoformat(), WEBHOOK.received_at.replace(tzinfo=None).isoformat()):
        found = RawWebhook.from_delivery(delivered(WEBHOOK.headers() | {"received_at": text}))
        assert found.received_at == WEBHOOK.received_at


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"received_at": "now"}, "received_at: is no time"),
        ({"received_at": 7}, "received_at: is no time"),
        ({"app": None}, "app: is missing or no text"),
        ({"sha256": 7}, "sha256: is missing or no text"),
    ],
)
def test_a_missing_or_broken_header_is_named(headers, refusal):
    with pytest.raises(ContractViolation) as refused:
        RawWebhook.from_delivery(delivered(WEBHOOK.headers() | headers))

    assert str(refused.value) == refusal


def test_a_time_may_travel_as_a_time():
    headers = WEBHOOK.headers() | {"received_at": WEBHOOK.received_at.replace(tzinfo=None)}

    assert RawWebhook.from_delivery(delivered(headers)).received_at == WEBHOOK.received_at


def test_the_routing_key_names_the_app_if_there_are_several():
    assert (routing_key(""), routing_key("shop")) == ("webhook", "webhook.shop")


def test_the_golden_raw_webhook_still_decodes():
    golden = orjson.loads((GOLDEN / "raw_webhook.v1.json").read_bytes())
    delivery = Delivery(golden["body"].encode(), golden["message_id"], headers=golden["headers"])

    webhook = RawWebhook.from_delivery(delivery)

    assert webhook.headers() == golden["headers"]
    assert (webhook.body, webhook.message_id) == (golden["body"].encode(), golden["message_id"])
