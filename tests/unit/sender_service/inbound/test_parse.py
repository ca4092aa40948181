"""The parser takes any bytes, never raises, and what it makes can be stored."""

import asyncio
import copy
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sender_service.inbound import account, parse_app, parse_history
from sender_service.inbound.items import AccountChange, Batch
from sender_service.inbound.lenient import Unreadable, dumps, integer, key, loads, moment
from sender_service.inbound.parse import Webhook, parse
from tests.webhook_builders import payload, status, text_message, value

SAMPLES = sorted((Path(__file__).parents[3] / "data" / "webhooks").glob("*.json"))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CASES = int(os.environ.get("PROPERTY_CASES", "300"))
patient = pytest.mark.timeout(20 + CASES // 20)

WRONG: tuple[Any, ...] = (
    None, True, 7, -1.5, "x", "", [], {}, [[]], {"id": {}}, "\x00\ud800", "9" * 300, 10**30,
)  # fmt: skip

leaves = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8) | some.sampled_from(
    ["wamid.1", "text", "messages", "sent", "1760000000", "\x00", "\ud800", 10**40, float("nan"), float("inf"), ""]
)  # fmt: skip
json_values = some.recursive(
    leaves,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def shaped(inner: Any) -> Any:
    """Webhooks whose outline is right and whose parts are anything."""
    known = some.fixed_dictionaries(
        {},
        optional={
            "id": inner, "from": inner, "timestamp": inner, "type": inner, "text": inner, "image": inner,
            "status": inner, "errors": inner, "context": inner, "system": inner, "pricing": inner,
            "from_user_id": inner, "interactive": inner, "to": inner, "history_context": inner, "phone_number": inner,
            "user_id": inner, "full_name": inner,
        },
    )  # fmt: skip
    items = some.lists(known | inner, max_size=3) | inner
    threads = some.fixed_dictionaries({}, optional={"id": inner, "context": inner, "messages": items})
    chunks = some.fixed_dictionaries(
        {}, optional={"metadata": inner, "errors": items, "threads": some.lists(threads | inner, max_size=2) | inner}
    )
    named = some.fixed_dictionaries({}, optional={"contact": known | inner, "action": inner, "metadata": inner})
    values = some.fixed_dictionaries(
        {},
        optional={
            "metadata": some.just({"phone_number_id": "1"}) | inner, "messages": items, "statuses": items,
            "contacts": items, "errors": items, "user_preferences": items, "message_echoes": items,
            "history": some.lists(chunks | inner, max_size=2) | inner,
            "state_sync": some.lists(named | inner, max_size=2),
        },
    )  # fmt: skip
    fields = some.sampled_from([
        "messages", "statuses", "user_preferences", "account_update", "history", "smb_app_state_sync",
        "smb_message_echoes",
    ]) | inner  # fmt: skip
    changes = some.lists(
        some.fixed_dictionaries({}, optional={"field": fields, "value": values | inner}) | inner, max_size=2
    )
    entries = some.lists(
        some.fixed_dictionaries({}, optional={"id": inner, "changes": changes | inner}) | inner, max_size=2
    )
    return some.fixed_dictionaries({}, optional={"object": inner, "entry": entries | inner})


def one(body: bytes) -> Batch:
    return asyncio.run(parse([Webhook(body, NOW)]))


def assert_storable(batch: Batch) -> None:
    """Nothing Postgres refuses: no NUL, no lone surrogate, JSON text that is JSON, keys that fit an index."""
    for message in batch.messages:
        for text in (
            message.wamid,
            message.raw,
            message.shown.text,
            message.type,
            message.group_id,
            message.error_message,
        ):
            if text is not None:
                assert "\x00" not in text
                assert "\\u0000" not in text or "\\\\u0000" in text
                text.encode()
        assert len(message.wamid.encode()) <= 256
        orjson.loads(message.raw)
    for status_item in batch.statuses:
        orjson.loads(dumps(status_item.item))
        assert status_item.error_code is None or abs(status_item.error_code) < 2**31
    for item in batch.set_aside:
        orjson.loads(item.raw)
    for change in batch.account:
        assert_told(change)


def assert_told(change: AccountChange) -> None:
    """What is taken out of a change of the business's own phone is complete, and storable."""
    account.event(change)
    account.subject(change)
    parse_history.summary(change)
    orjson.loads(dumps(parse_app.outline(change)))
    assert all(entry.sender.phone or entry.sender.bsuid for entry in parse_app.entries(change))
    for told in [*parse_app.echoes(change), *(each.message for each in parse_history.past(change))]:
        orjson.loads(told.raw)
        assert told.wamid
        assert len(told.wamid.encode()) <= 256


@patient
@settings(max_examples=CASES)
@given(shaped(json_values) | json_values)
def test_any_json_is_parsed_without_raising(webhook):
    assert_storable(one(json.dumps(webhook).encode()))


@patient
@settings(max_examples=CASES)
@given(some.binary(max_size=60))
def test_any_bytes_are_parsed_without_raising(body):
    assert_storable(one(body))


def mutations(path: Path) -> Iterator[Any]:
    """The webhook with every part replaced by every wrong kind of thing, and with every part left out."""
    original = json.loads(path.read_bytes())["webhook"]
    for steps in list(_places(original)):
        for wrong in WRONG:
            changed = copy.deepcopy(original)
            place = changed
            for step in steps[:-1]:
                place = place[step]
            place[steps[-1]] = wrong
            yield changed


def _places(node: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for step, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*steps, step)
        yield from _places(child, (*steps, step))


@patient
@pytest.mark.parametrize("path", SAMPLES[:: 1 if CASES > 1000 else 4], ids=lambda path: path.stem)
def test_a_wrong_type_in_any_place_is_survived(path):
    for webhook in mutations(path):
        assert_storable(one(json.dumps(webhook).encode()))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON: JSONDecodeError"),
        (b"not json", "not JSON: JSONDecodeError"),
        (b"[1]", "not an object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_webhook_is_named_malformed(body, reason):
    assert one(body).malformed == {0: reason}


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + json.dumps(payload(value([text_message("bom")]))).encode(),
        json.dumps(payload(value([text_message("bom")]))).encode("utf-16"),
        json.dumps(payload(value([text_message("bom", weight=float("nan"))]))).encode(),
        json.dumps(payload(value([text_message("bom", weight="W")]))).replace('"W"', "9" * 5000).encode(),
        json.dumps(payload(value([text_message("bom", nested="N")]))).replace('"N"', "[" * 400 + "]" * 400).encode(),
    ],
    ids=["byte order mark", "utf-16", "nan", "huge number", "nested"],
)  # fmt: skip
def test_what_a_strict_reader_refuses_is_read(body):
    batch = one(body)
    assert [message.shown.text for message in batch.messages] == ["bom"]
    assert_storable(batch)


def test_nul_and_lone_surrogates_become_the_replacement_character():
    body = json.dumps(payload(value([text_message("a\x00b\ud83dc")]))).encode()
    assert one(body).messages[0].shown.text == "a\ufffdb\ufffdc"


def test_a_long_id_is_shortened_to_its_beginning_and_digest():
    assert key("x" * 64) == "x" * 64
    assert key("x" * 256) == "x" * 256
    shortened = key("x" * 10_000)
    assert shortened is not None
    assert len(shortened) == 105
    assert shortened != key("x" * 9_999)


@pytest.mark.parametrize(
    ("found", "seconds"),
    [("1760000000", 1760000000), (1760000000, 1760000000), (1760000000.9, 1760000000), (True, None), ("", None),
     ("-5", None), (None, None), ([], None), ("1e9", None), (1e400, None), (99999999999, None), ("1230767999", None)],
)  # fmt: skip
def test_a_time_is_read_only_where_it_can_be_true(found, seconds):
    read = moment(found)
    assert (read and int(read.timestamp())) == seconds


@pytest.mark.parametrize(
    ("found", "number"), [(7, 7), ("7", 7), ("-7", -7), (2**31, None), ("²", None), (True, None), (1.5, None)]
)
def test_an_integer_is_read_only_where_it_fits(found, number):
    assert integer(found) == number


def test_what_is_nested_deeper_than_any_writer_is_named():
    value_: Any = 1
    for _ in range(5_000):
        value_ = [value_]
    assert "nested too deeply" in dumps(value_)
    with pytest.raises(Unreadable):
        loads(b"[" * 5_000 + b'"\\u0000"' + b"]" * 5_000)


def test_hundreds_of_items_of_several_numbers_keep_their_number_and_order():
    values = [
        value(
            [text_message(f"{n}.{i}") for i in range(50)],
            [status(f"w{n}{i}", "sent") for i in range(50)],
            number=f"{n}",
        )
        for n in range(10)
    ]
    batch = one(json.dumps(payload(*values)).encode())
    assert [(message.phone_number_id, message.shown.text) for message in batch.messages] == [
        (f"{n}", f"{n}.{i}") for n in range(10) for i in range(50)
    ]
    assert len(batch.statuses) == 500
    assert not batch.set_aside
