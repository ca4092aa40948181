"""No webhook is lost and none sinks its neighbours, whatever is in it."""

import json
import os
import random

import pytest

from tests.unit.sender_service.inbound.test_parse import SAMPLES, mutations
from tests.webhook_builders import Inbound, payload, raw, register, status, text_message, value

MUTATIONS = 20_000 if os.environ.get("PROPERTY_CASES") else 600


@pytest.fixture
async def inbound(pool):
    await register(pool)
    return Inbound(pool)


POISON = {
    "no json": b"\x00\xff\xfe",
    "an array": b"[]",
    "nested 2,000 deep": b'{"entry":' * 2_000,
    "nested in a message": json.dumps(payload(value([text_message("deep", extra="N")])))
    .replace('"N"', "[" * 600 + "]" * 600)
    .encode(),
    "nul": json.dumps(payload(value([text_message("a\x00b", **{"ke\x00y": "\x00"})]))).encode(),
    "lone surrogate": json.dumps(payload(value([text_message("\ud800", **{"\udfff": 1})]))).encode(),
    "a huge number": json.dumps(payload(value([text_message("n", n="N")]))).replace('"N"', "9" * 5_000).encode(),
    "a huge exponent": json.dumps(payload(value([text_message("n", n="N")]))).replace('"N"', "1e999").encode(),
    "a huge id": json.dumps(payload(value([text_message("n", id="x" * 100_000)]))).encode(),
    "huge ids everywhere": json.dumps(
        payload(
            value(
                [
                    text_message(
                        "n",
                        type="t" * 9_000,
                        group_id="g" * 9_000,
                        **{"from_user_id": "u" * 9_000, "from": "9" * 9_000},
                    )
                ],
                [status("s" * 9_000, "z" * 9_000, recipient_type="group", recipient_participant_id="p" * 9_000)],
            ),
            account="a" * 9_000,
        )
    ).encode(),
    "a long text": json.dumps(payload(value([text_message("x" * 1_000_000)]))).encode(),
    "a long profile": json.dumps(
        payload(value([text_message("p")], contacts=[{"wa_id": "393331234567", "profile": {"name": "n" * 50_000}}]))
    ).encode(),
}


@pytest.mark.parametrize("name", POISON)
async def test_a_poisoned_webhook_is_kept_and_its_batch_mates_commit(inbound, name):
    await inbound.take(payload(value([text_message("before")])), POISON[name], payload(value([text_message("after")])))

    kept = await inbound.rows("select body, outcome from webhook_log")
    assert POISON[name] in [row["body"] for row in kept]
    texts = await inbound.rows("select text from message_log where text in ('before', 'after')")
    assert len(texts) == 2
    assert {row["outcome"] for row in kept} <= {"processed", "malformed"}


async def test_wrong_types_in_every_place_never_fail_a_batch(inbound):
    corpus = [webhook for path in SAMPLES for webhook in mutations(path)]
    chosen = random.Random(7).sample(corpus, min(MUTATIONS, len(corpus)))
    for start in range(0, len(chosen), 100):
        batch = chosen[start : start + 100]
        await inbound.take(*batch)
    assert await inbound.value("select count(*) from webhook_log") == len(chosen)
    assert await inbound.value("select count(*) from webhook_log where outcome = 'malformed'") < len(chosen) / 20


async def test_a_thousand_updates_of_three_megabytes_are_one_webhook(inbound):
    messages = [text_message("x" * 2_000, **{"from": f"39333{n:07d}"}) for n in range(700)]
    body = payload(value(messages, [status(f"wamid.{n}", "read") for n in range(300)], contacts=[]))
    assert len(json.dumps(body)) > 1_400_000
    await inbound.take(body)

    assert await inbound.value("select count(*) from message_log") == 700
    assert await inbound.value("select count(*) from parked_statuses") == 300
    assert await inbound.value("select items from webhook_log") == 1000


async def test_a_delivery_with_broken_headers_is_refused_alone(inbound):
    good = raw(payload(value([text_message("good")])))
    from shared.messaging.delivery import Delivery

    deliveries = [
        Delivery(good.body, good.message_id, headers={}),
        Delivery(good.body, good.message_id, headers=good.headers()),
    ]
    refused = await inbound.handler(deliveries)

    assert [(one.index, one.error.reason) for one in refused] == [(0, "contract_violated")]
    assert await inbound.value("select text from message_log") == "good"
