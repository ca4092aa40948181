"""Single fields of messages, statuses and preferences, at the edge of what can be read."""

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from sender_service.inbound.items import Batch, Change, Media, Message, Sender, Status
from sender_service.inbound.parse import Webhook, parse
from sender_service.inbound.parse_message import first_error
from sender_service.inbound.parse_sender import book, person
from tests.webhook_builders import AT, CUSTOMER, NUMBER, payload, status, text_message, value

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SENT_AT = datetime.fromtimestamp(AT, UTC)
DIGEST = bytes(range(32))


def one(webhook: dict[str, Any]) -> Batch:
    return asyncio.run(parse([Webhook(json.dumps(webhook).encode(), NOW)]))


def message(**changes: Any) -> Message:
    item = {name: found for name, found in text_message("hi", **changes).items() if found is not ...}
    [found] = one(payload(value([item], contacts=[]))).messages
    return found


def reported(**changes: Any) -> Status:
    item = {name: found for name, found in status("wamid.1", "sent", **changes).items() if found is not ...}
    [found] = one(payload(value(statuses=[item]))).statuses
    return found


TYPE, TIME, SENDER = (
    "type is missing or broken",
    "timestamp is missing or broken: time of arrival taken",
    "sender is missing or broken",
)


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({}, None),
        ({"type": ...}, TYPE),
        ({"type": "x" * 64}, None),
        ({"type": "x" * 65}, TYPE),
        ({"timestamp": ...}, TIME),
        ({"from": ...}, SENDER),
        ({"from": ..., "from_user_id": "IT.1"}, None),
        ({"from": "not digits"}, SENDER),
        ({"type": ..., "timestamp": ...}, f"{TYPE}; {TIME}"),
        ({"type": ..., "timestamp": ..., "from": ...}, f"{TYPE}; {TIME}; {SENDER}"),
        ({"type": ..., "from": ..., "from_user_id": "IT.1"}, TYPE),
        ({"timestamp": "soon", "from": ..., "from_user_id": "IT.1"}, TIME),
    ],
)
def test_what_a_message_lacks_is_named(changes, warning):
    assert message(**changes).warning == warning


def test_a_type_too_long_for_a_column_is_unknown():
    assert message(type="x" * 64).type == "x" * 64
    assert message(type="x" * 65).type == "unknown"


def test_a_message_without_a_time_has_that_of_its_arrival():
    assert (message().at, message(timestamp=...).at) == (SENT_AT, NOW)


@pytest.mark.parametrize(
    ("content", "media"),
    [
        ({"id": "m"}, Media("m", None, None, None)),
        ({"id": 7, "mime_type": "image/png", "filename": "f"}, Media("7", "image/png", None, "f")),
        ({"id": "m", "sha256": b64encode(DIGEST).decode()}, Media("m", None, DIGEST, None)),
        ({"id": "m", "sha256": b64encode(DIGEST[1:]).decode()}, Media("m", None, None, None)),
        ({"id": "m", "sha256": b64encode(DIGEST + b"x").decode()}, Media("m", None, None, None)),
        ({"id": "m", "sha256": DIGEST.hex()}, Media("m", None, None, None)),
        ({"id": "m", "sha256": "*" + b64encode(DIGEST).decode()}, Media("m", None, None, None)),
        ({"id": "m", "sha256": "ü"}, Media("m", None, None, None)),
        ({"id": "m", "sha256": ""}, Media("m", None, None, None)),
        ({}, None),
        ({"mime_type": "image/png"}, None),
        ("text", None),
    ],
)
def test_the_file_of_a_message_is_named_by_its_id(content, media):
    assert message(type="image", image=content).media == media


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_every_type_with_a_file_has_one(kind):
    assert message(type=kind, **{kind: {"id": "m"}}).media == Media("m", None, None, None)
    assert message(type="text", **{kind: {"id": "m"}}).media is None


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"context": {"id": "wamid.0"}}, "context_wamid", "wamid.0"),
        ({"context": {}}, "context_wamid", None),
        ({"context": "x"}, "context_wamid", None),
        ({"group_id": "g"}, "group_id", "g"),
        ({"referral": {}}, "referral", True),
        ({"referral": "x"}, "referral", False),
        ({"errors": [{"code": 131051, "title": "t"}]}, "error_code", 131051),
        ({"errors": [{"code": 131051, "title": "t"}]}, "error_message", "t"),
        ({"errors": []}, "error_code", None),
        ({}, "error_code", None),
    ],
)
def test_what_stands_beside_a_message_is_read(changes, field, found):
    assert getattr(message(**changes), field) == found


@pytest.mark.parametrize(
    ("errors", "found"),
    [
        (None, (None, None)),
        ([], (None, None)),
        (["x"], (None, None)),
        (["x", {"code": 2}], (2, None)),
        ([{"code": 1}, {"code": 2}], (1, None)),
        ({"code": "3", "title": "t"}, (3, "t")),
        ([{"message": "m", "title": "t"}], (None, "m")),
        ([{"error_data": {"details": "d"}, "message": "m", "title": "t"}], (None, "d")),
        ([{"error_data": "x", "title": "t"}], (None, "t")),
    ],
)
def test_the_first_error_is_told_in_its_best_words(errors, found):
    assert first_error({"errors": errors}) == found


@pytest.mark.parametrize(
    ("system", "sender", "change"),
    [
        ({"wa_id": "393339990011"}, (CUSTOMER, None, None), Change("393339990011", "393339990011", None, None)),
        ({"wa_id": "5219983162438"}, (CUSTOMER, None, None), Change("5219983162438", "529983162438", None, None)),
        (
            {"user_id": "IT.2", "previous_user_id": "IT.1", "parent_user_id": "P2", "previous_parent_user_id": "P1"},
            (CUSTOMER, "IT.1", "P1"),
            Change(None, None, "IT.2", "P2"),
        ),
        ({"previous_user_id": "IT.1"}, (CUSTOMER, "IT.1", None), None),
        ({"previous_parent_user_id": "P1"}, (CUSTOMER, None, None), None),
        ({}, (CUSTOMER, None, None), None),
        ("x", (CUSTOMER, None, None), None),
    ],
)
def test_a_system_message_tells_who_it_was_and_who_it_is(system, sender, change):
    found = message(type="system", system=system)
    assert (found.sender.phone, found.sender.bsuid, found.sender.parent_bsuid) == sender
    assert found.change == change
    assert message(type="text", system=system).change is None


def test_a_former_user_keeps_the_parent_that_is_known():
    changes = {"from_user_id": "IT.2", "from_parent_user_id": "P2"}
    found = message(type="system", system={"previous_user_id": "IT.1"}, **changes)
    assert (found.sender.bsuid, found.sender.parent_bsuid) == ("IT.1", "P2")


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"biz_opaque_callback_data": "t.1.1"}, "callback", "t.1.1"),
        ({"status": ...}, "status", "unknown"),
        ({"status": "teleported"}, "status", "teleported"),
        ({"timestamp": "soon"}, "at", datetime.fromtimestamp(0, UTC)),
        ({}, "at", SENT_AT),
        ({"pricing": {"a": 1}}, "pricing", '{"a":1}'),
        ({"pricing": "x"}, "pricing", None),
        ({"errors": [{"code": 1, "title": "t"}]}, "error_code", 1),
        ({"errors": [{"code": 1, "title": "t"}]}, "error_message", "t"),
        ({"recipient_type": "group", "recipient_participant_id": "1"}, "participant", "1"),
        ({"recipient_type": "group", "recipient_participant_user_id": "U"}, "participant", "U"),
        (
            {"recipient_type": "group", "recipient_participant_id": "1", "recipient_participant_user_id": "U"},
            "participant",
            "1",
        ),
        ({"recipient_type": "group"}, "participant", ""),
        ({"recipient_participant_id": "1"}, "participant", ""),
    ],
)
def test_a_status_is_read_field_by_field(changes, field, found):
    assert getattr(reported(**changes), field) == found


ANNA = {"wa_id": "1", "user_id": "A", "parent_user_id": "P", "profile": {"name": "Anna", "username": "anna"}}
BOB = {"wa_id": 2, "user_id": "B", "profile": "x"}


def test_the_book_knows_people_by_both_of_their_ids_and_the_only_one_by_none():
    assert book([ANNA, BOB]) == {"1": ANNA, "A": ANNA, "2": BOB, "B": BOB}
    assert book([ANNA, "x"]) == {"1": ANNA, "A": ANNA, "": ANNA}
    assert book(ANNA) == {"1": ANNA, "A": ANNA, "": ANNA}
    assert book(None) == {}
    assert book([{}, {}]) == {}


@pytest.mark.parametrize(
    ("ids", "people", "found"),
    [
        (("1", None, None), [ANNA, BOB], Sender("1", "1", "A", "P", "anna", "Anna")),
        ((1, None, None), [ANNA, BOB], Sender("1", "1", "A", "P", "anna", "Anna")),
        ((None, "A", None), [ANNA, BOB], Sender("1", "1", "A", "P", "anna", "Anna")),
        (("2", "A", None), [ANNA, BOB], Sender("2", "2", "A")),
        (("1", "Z", "Q"), [ANNA, BOB], Sender("1", "1", "Z", "Q", "anna", "Anna")),
        (("9", "B", None), [ANNA, BOB], Sender("9", "9", "B")),
        ((None, None, None), [ANNA], Sender("1", "1", "A", "P", "anna", "Anna")),
        ((None, None, None), [ANNA, BOB], Sender(None, None, None)),
        (("9", None, None), [ANNA], Sender("9", "9", None)),
        ((None, "Z", None), [ANNA], Sender(None, None, "Z")),
        (("+1", None, None), [], Sender("1", "1", None)),
        (("5219983162438", None, None), [], Sender("5219983162438", "529983162438", None)),
        (("1" * 15, None, None), [], Sender("1" * 15, "1" * 15, None)),
        (("1" * 16, None, None), [], Sender(None, None, None)),
        (("+" + "1" * 15, None, None), [], Sender("1" * 15, "1" * 15, None)),
        (("+" + "1" * 16, None, None), [], Sender(None, None, None)),
        (("\u0661\u0662", None, None), [], Sender(None, None, None)),
        (("12a", None, None), [], Sender(None, None, None)),
    ],
)
def test_a_person_is_completed_from_the_book(ids, people, found):
    wa_id, user_id, parent_id = ids
    assert person(wa_id, user_id, parent_id, book(people)) == found


def preference(item: Any, *, number: str | None = NUMBER) -> Batch:
    metadata = {"phone_number_id": number} if number else {}
    return one(payload({"metadata": metadata, "user_preferences": [item]}, field="user_preferences"))


WISH = {"wa_id": CUSTOMER, "value": "stop", "category": "marketing_messages", "timestamp": str(AT)}


def test_a_wish_is_read_with_its_time_and_its_person():
    [found] = preference(WISH).preferences
    assert (found.webhook, found.phone_number_id, found.stop, found.at) == (0, NUMBER, True, SENT_AT)
    assert found.sender.phone == CUSTOMER
    [later] = preference(WISH | {"value": "resume", "timestamp": "soon"}).preferences
    assert (later.stop, later.at) == (False, NOW)
    [plain] = preference({"user_id": "IT.1", "parent_user_id": "P", "value": "stop"}).preferences
    assert (plain.sender.bsuid, plain.sender.parent_bsuid) == ("IT.1", "P")


@pytest.mark.parametrize("item", [WISH | {"value": "maybe"}, WISH | {"category": "service"}, "x", {"wa_id": CUSTOMER}])
def test_a_wish_nobody_knows_is_kept_whole(item):
    batch = preference(item)
    assert batch.preferences == []
    [kept] = batch.account
    assert (kept.field, kept.value["user_preferences"], kept.phone_number_id) == ("user_preferences", [item], NUMBER)


def test_a_wish_towards_no_number_is_kept_whole():
    [kept] = preference(WISH, number=None).account
    assert kept.value["user_preferences"] == [WISH]


def test_a_wish_of_nobody_is_set_aside():
    batch = preference({"value": "stop"})
    assert [(item.reason, item.phone_number_id) for item in batch.set_aside] == [("preference of nobody", NUMBER)]
    assert json.loads(batch.set_aside[0].raw) == {"value": "stop"}


def test_after_a_wish_that_cannot_be_used_the_others_are_read():
    items = [WISH | {"value": "maybe"}, {"value": "stop"}, WISH]
    webhook = payload({"metadata": {"phone_number_id": NUMBER}, "user_preferences": items}, field="user_preferences")
    batch = one(webhook)
    assert [len(batch.account), len(batch.set_aside), len(batch.preferences)] == [1, 1, 1]
    assert batch.account[0].value == {"metadata": {"phone_number_id": NUMBER}, "user_preferences": items[:1]}


def test_preferences_without_any_are_kept_whole():
    batch = one(payload({"metadata": {}, "other": 1}, field="user_preferences"))
    assert [(item.field, item.value) for item in batch.account] == [("user_preferences", {"metadata": {}, "other": 1})]
    assert batch.set_aside == []


def test_every_entry_has_its_own_account_time_and_number():
    first = payload(value(number="1"), field="flows", account="A", time=AT)["entry"]
    second = payload({"x": 1}, field="flows", account="B")["entry"]
    batch = one({"entry": [*first, 7, *second, {"id": "C"}]})
    assert [(item.account_id, item.at, item.phone_number_id) for item in batch.account] == [
        ("A", SENT_AT, "1"),
        ("B", None, None),
    ]
    assert [item.reason for item in batch.set_aside] == ["entry is not an object", "entry without changes"]


def test_the_number_of_one_change_is_not_that_of_the_next():
    batch = one(payload(value([text_message("a")], number="1"), {"messages": [text_message("b")]}))
    assert [item.phone_number_id for item in batch.messages] == ["1"]
    assert [(item.reason, item.phone_number_id) for item in batch.set_aside] == [
        ("message without a phone_number_id", None)
    ]


def test_errors_beside_messages_are_kept_too():
    batch = one(payload(value([text_message("a")], errors=[{"code": 1}])))
    assert (len(batch.messages), [item.field for item in batch.account]) == (1, ["messages"])
    silent = one(payload(value([text_message("a")], errors=[])))
    assert silent.account == []
    empty = one(payload(value()))
    assert [item.field for item in empty.account] == ["messages"]
    assert [item.field for item in one(payload(value(), field="statuses")).account] == ["statuses"]


def test_a_change_without_a_field_is_about_messages():
    webhook = payload(value([text_message("a")], [status("w", "sent")]))
    del webhook["entry"][0]["changes"][0]["field"]
    batch = one(webhook)
    assert (len(batch.messages), len(batch.statuses)) == (1, 1)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (7, "status is not an object"),
        ({"status": "sent"}, "status without an id"),
        ({"id": True, "status": "sent"}, "status without an id"),
    ],
)
def test_a_status_that_is_none_is_set_aside(item, reason):
    batch = one(payload(value(statuses=[item, status("w", "read")])))
    assert [(found.reason, json.loads(found.raw)) for found in batch.set_aside] == [(reason, item)]
    assert [found.status for found in batch.statuses] == ["read"]
