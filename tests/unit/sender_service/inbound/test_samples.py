"""Every sample webhook, field by field: what is taken out of it is what somebody looked at and wrote down."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from sender_service.inbound import account
from sender_service.inbound.items import AccountChange, Batch, Message, Status
from sender_service.inbound.parse import Webhook, parse

DATA = Path(__file__).parents[3] / "data"
SAMPLES = {path.stem: json.loads(path.read_bytes())["webhook"] for path in (DATA / "webhooks").glob("*.json")}
PARSED = json.loads((DATA / "webhooks_parsed.json").read_bytes())
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
# What is kept whole is compared with what was sent, not written down again.
WHOLE = {"raw", "item", "value", "received_at"}


def parsed(webhook: Any) -> Batch:
    return asyncio.run(parse([Webhook(json.dumps(webhook).encode(), NOW)]))


def written(batch: Batch) -> dict[str, Any]:
    """What was found, without everything that is empty or kept whole."""
    rows = {kind: [_row(item) for item in found] for kind, found in batch._asdict().items() if isinstance(found, list)}
    return {kind: found for kind, found in {**rows, "malformed": batch.malformed}.items() if found}


def _row(item: Any) -> Any:
    if isinstance(item, bytes):
        return item.hex()
    if isinstance(item, datetime):
        return item.isoformat()
    if not hasattr(item, "_asdict"):
        return item
    fields = {name: _row(value) for name, value in item._asdict().items() if name not in WHOLE}
    if isinstance(item, AccountChange):
        fields |= {"event": account.event(item), "subject": account.subject(item), "field": account.field(item)}
    return {name: value for name, value in fields.items() if value not in (None, "", False, 0)}


def sent(webhook: Any, kind: str) -> list[Any]:
    """Every object of that kind a webhook holds, wherever it stands, in the form that Postgres can keep."""
    webhook = json.loads(json.dumps(webhook).replace("\\u0000", "\ufffd"))
    changes = [change for entry in webhook["entry"] for change in entry.get("changes", ())]
    values = [change["value"].get(kind, []) for change in changes if isinstance(change, dict) and "value" in change]
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


@pytest.mark.parametrize("name", sorted(PARSED))
def test_a_sample_says_what_was_written_down(name):
    assert written(parsed(SAMPLES[name])) == PARSED[name]


def test_nothing_is_written_down_of_a_sample_that_is_gone():
    assert set(PARSED) <= set(SAMPLES)


@pytest.mark.parametrize("name", sorted(name for name in PARSED if {"messages", "statuses"} & PARSED[name].keys()))
def test_messages_and_statuses_keep_what_meta_sent(name):
    batch = parsed(SAMPLES[name])
    messages: list[Message] = batch.messages
    statuses: list[Status] = batch.statuses
    for message in messages:
        assert orjson.loads(message.raw) in sent(SAMPLES[name], "messages")
    for status in statuses:
        assert status.item in sent(SAMPLES[name], "statuses")


@pytest.mark.parametrize("name", sorted(name for name in PARSED if "account" in PARSED[name]))
def test_a_change_of_the_account_is_kept_whole_with_its_arrival(name):
    changes = [change for entry in SAMPLES[name]["entry"] for change in entry.get("changes", ())]
    for found in parsed(SAMPLES[name]).account:
        assert found.received_at == NOW
        whole = [change["value"] for change in changes]
        assert found.value in whole or found.value["user_preferences"]


def test_items_name_the_webhook_they_came_in():
    bodies = [json.dumps(SAMPLES[name]).encode() for name in ("message_text", "status_sent", "field_account_alert")]
    batch = asyncio.run(
        parse([Webhook(b"not json", NOW), *(Webhook(body, NOW) for body in bodies), Webhook(b"{}", NOW)])
    )
    assert list(batch.malformed) == [0]
    kinds: list[Any] = [batch.messages, batch.statuses, batch.account, batch.set_aside]
    assert [[item.webhook for item in found] for found in kinds] == [[1], [2], [3], [4]]
