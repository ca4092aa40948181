"""From a command and what is known about it to the rows and events that accept it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sender_service.sending import compose
from sender_service.sending.compose import Addressee, Case, Judgement
from sender_service.sending.guards import Refusal
from sender_service.sending.templates import StoredTemplate
from sender_service.store.acceptance import Found, Sought
from sender_service.store.send_queue import New
from sender_service.store.senders import Sender
from shared.contracts import events
from shared.contracts.send_message import SendMessage, from_data

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
EARLIER = NOW - timedelta(hours=1)
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
SENDER = Sender("106", 12, "102", "529983162438", "MX")
FOUND = Found(
    NOW, 1, 345, 12, 7, 8, is_stranger=False, subject=None, blocked=False, opted_out=False, window_expires_at=LATER,
    lead_id=9, campaign_id=10, template_id=None, template_version=None,
)  # fmt: skip
NAMED = FOUND._replace(template_id=44, template_version="1")
TEMPLATE = StoredTemplate(
    name="hello", language="es", category="MARKETING", parameter_format="NAMED",
    components=[{"type": "BODY", "text": "Hola {{first_name}}"}],
)  # fmt: skip
HELLO = {
    "name": "hello",
    "language": {"code": "es"},
    "components": [{"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ana"}]}],
}
TEXT = {"phone_number_id": "106", "to": "+52 998 316 2438", "type": "text", "text": {"body": "hola"}}
MARK_READ = {"phone_number_id": "106", "type": "mark_read", "mark_read": {"message_id": "wamid.1"}}


def command(lane: Any = "priority", **changes: Any) -> SendMessage:
    data = {name: value for name, value in {**TEXT, **changes}.items() if value is not ...}
    return from_data(data, source="/shop", id="order-7", lane=lane, traceparent=TRACE)


def template_command(**changes: Any) -> SendMessage:
    return command(type="template", text=..., template=HELLO, **changes)


def mark_read() -> SendMessage:
    return from_data(MARK_READ, source="/shop", id="order-7", traceparent=TRACE)


def case(
    said: SendMessage, *, found: Found = FOUND, template: StoredTemplate | None = None, who: Addressee | None = None
) -> Case:
    who = who or compose.addressee(said, SENDER, None)
    return Case(said, SENDER, who, found, template, compose.judge(said))


@pytest.mark.parametrize(
    ("changes", "country", "who"),
    [
        ({}, None, Addressee(digits="529983162438", person="529983162438")),
        ({"to": "998 316 2438"}, None, Addressee(digits="529983162438", person="529983162438")),
        ({"to": "+5219983162438"}, None, Addressee(digits="5219983162438", person="529983162438")),
        ({"to": "3331234567"}, "IT", Addressee(digits="393331234567", person="393331234567")),
        ({"to": ..., "recipient": "MX.1"}, None, Addressee(bsuid="MX.1")),
        ({"recipient": "MX.1"}, None, Addressee(digits="529983162438", person="529983162438")),
        ({"to": "g1", "recipient_type": "group"}, None, Addressee(group="g1")),
        ({"to": ..., "recipient": "g2", "recipient_type": "group"}, None, Addressee(group="g2")),
        ({"to": "+1"}, None, Addressee(
            refusal=Refusal(131009, "data.to: 7 to 15 digits, was 1", field="data.to")
        )),
        ({"to": "+15551234567"}, None, Addressee(
            digits="15551234567", person="15551234567",
            warning="libphonenumber does not know this as a valid number",
        )),
    ],
)  # fmt: skip
def test_who_a_command_is_for(changes, country, who):
    assert compose.addressee(command(**changes), SENDER, country) == who


def test_marking_as_read_is_for_nobody():
    assert compose.addressee(mark_read(), SENDER, None) == Addressee()


@pytest.mark.parametrize(
    ("who", "key"),
    [
        (Addressee(digits="5219983162438", person="529983162438"), "529983162438"),
        (Addressee(bsuid="MX.1"), "MX.1"),
        (Addressee(group="g1"), "g1"),
        (Addressee(), ""),
    ],
)
def test_order_and_pair_pace_go_by_the_person(who, key):
    assert who.key == key


def test_a_command_is_sought_by_its_key_with_its_recipient_lead_and_campaign():
    said = command(to="+5219983162438", lead_id=9, campaign_id=10)
    who = compose.addressee(said, SENDER, None)
    sought = Sought(12, "/shop", "order-7", "106", "529983162438", None, 9, 10, "102", None, None)
    assert compose.sought(said, SENDER, who) == sought
    known = compose.sought(command(), SENDER, Addressee(bsuid="MX.1"))
    assert (known.phone, known.bsuid) == (None, "MX.1")


@pytest.mark.parametrize(
    ("template", "name", "language"),
    [
        (HELLO, "hello", "es"),
        ({"name": "hello"}, None, None),
        ({"name": "hello", "language": "es"}, None, None),
        ({"name": "hello", "language": {"code": 3}}, None, None),
        ({"name": 3, "language": {"code": "es"}}, None, "es"),
    ],
)
def test_a_template_is_found_by_account_name_and_language(template, name, language):
    said = command(type="template", text=..., template=template)
    sought = compose.sought(said, SENDER, Addressee())
    assert (sought.business_account_id, sought.template, sought.language) == ("102", name, language)


def test_only_a_template_message_names_a_template():
    sought = compose.sought(command(image=HELLO, type="image", text=...), SENDER, Addressee())
    assert (sought.template, sought.language) == (None, None)


def test_what_meta_would_refuse_is_judged_without_the_database():
    assert compose.judge(command()) == Judgement()
    refused = compose.judge(command(text={"body": "x" * 4097})).refusal
    assert refused == Refusal(131009, "text.body: at most 4096 characters, was 4097", field="text.body")
    unknown = compose.judge(command(type="pin", text=..., pin={"a": 1}, allow_unknown_type=True))
    assert unknown == Judgement(warning="type pin is not known here and goes to Meta as it is")


def test_the_message_itself_is_blamed_before_its_recipient_and_both_before_the_guards():
    bad_text, bad_number, blocked = {"body": ""}, "+1", FOUND._replace(blocked=True)
    codes = [
        compose.refusal(case(command(text=bad_text, to=bad_number), found=blocked)),
        compose.refusal(case(command(to=bad_number), found=blocked)),
        compose.refusal(case(command(), found=blocked)),
        compose.refusal(case(command())),
    ]
    assert [refused and refused.field for refused in codes] == ["text.body", "data.to", None, None]
    assert [refused and refused.code for refused in codes] == [131009, 131009, 130403, None]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (FOUND, None),
        (FOUND._replace(window_expires_at=None), None),
        (FOUND._replace(window_expires_at=EARLIER), 131047),
        (FOUND._replace(blocked=True), 130403),
        (FOUND._replace(opted_out=True), None),
    ],
)
def test_what_is_known_of_the_person_is_judged(found, code):
    refused = compose.refusal(case(command(), found=found))
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("template", "found", "code"),
    [
        (TEMPLATE, FOUND, None),
        (None, FOUND, None),
        (TEMPLATE, FOUND._replace(window_expires_at=EARLIER), None),
        (TEMPLATE, FOUND._replace(opted_out=True), 131050),
        (replace(TEMPLATE, category="UTILITY"), FOUND._replace(opted_out=True), None),
        (replace(TEMPLATE, disabled=True), FOUND, 132016),
        (replace(TEMPLATE, status="PAUSED"), FOUND, 132015),
        (replace(TEMPLATE, components=[]), FOUND, 132000),
        (replace(TEMPLATE, parameter_format="POSITIONAL"), FOUND, None),
    ],
)
def test_what_is_stored_of_the_template_is_judged(template, found, code):
    refused = compose.refusal(case(template_command(), template=template, found=found))
    assert (refused.code if refused else None) == code


def test_a_message_for_later_does_not_need_an_open_window_now():
    closed = FOUND._replace(window_expires_at=EARLIER)
    assert compose.refusal(case(command(send_at=LATER.isoformat()), found=closed)) is None
    assert compose.refusal(case(command(send_at=NOW.isoformat()), found=closed)) is not None


def test_the_row_holds_everything_the_message_needs():
    said = command(
        lane="bulk", lead_id=9, campaign_id=10, metadata={"order": 7}, on_unknown="resend",
        context={"message_id": "wamid.0"}, expires_at=LATER.isoformat(),
    )  # fmt: skip
    facts = {
        "phone_number_id": "106", "type": "text", "lane": "bulk", "source": "/shop", "command_id": "order-7",
        "conversation_id": 8, "contact_id": 7, "lead_id": 9, "campaign_id": 10, "metadata": {"order": 7},
        "traceparent": TRACE,
    }  # fmt: skip
    body = {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+529983162438", "type": "text",
        "context": {"message_id": "wamid.0"}, "text": {"body": "hola"},
    }  # fmt: skip
    assert compose.row(case(said)) == New(
        organization_id=12, id=345, phone_number_id="106", contact_id=7, conversation_id=8, lead_id=9, campaign_id=10,
        type="text", status="queued", lane="bulk", recipient="529983162438", text="hola", content={"body": "hola"},
        template=None, metadata={"order": 7}, source="/shop", command_id="order-7", traceparent=TRACE,
        context_wamid="wamid.0", group_id=None, on_unknown="resend", error_code=None, error_message=None, warning=None,
        ordered=True, due_at=None, expires_at=LATER, template_id=None, request={"body": body, "facts": facts},
        body_hash=said.body_hash, new_phone=None, new_bsuid=None, new_subject=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "made"),
    [
        (Addressee(digits="5219983162438", person="529983162438"), ("529983162438", None)),
        (Addressee(bsuid="MX.1"), (None, "MX.1")),
    ],
)
def test_who_is_written_to_first_is_made_with_the_message(who, made):
    row = compose.row(case(command(), who=who, found=FOUND._replace(is_stranger=True, subject="WhatsApp: Ana")))
    assert (row.new_phone, row.new_bsuid, row.new_subject) == (*made, "WhatsApp: Ana")


def test_the_row_of_a_template_names_it_and_shows_its_words():
    row = compose.row(case(template_command(), template=TEMPLATE, found=NAMED))
    assert (row.template, row.template_id, row.text) == ("hello", 44, "Hola Ana")
    unknown = compose.row(case(template_command()))
    assert (unknown.template, unknown.template_id) == ("hello", None)
    nameless = compose.row(case(command(type="template", text=..., template={"name": 3})))
    assert (nameless.template, nameless.status) == (None, "failed")


def test_facts_that_are_not_known_are_not_told():
    nobody = FOUND._replace(contact_id=None, conversation_id=None)
    said = from_data(TEXT, source="/shop", id="order-7")
    assert compose.facts(case(said, found=nobody)) == {
        "phone_number_id": "106", "type": "text", "lane": "priority", "source": "/shop", "command_id": "order-7",
    }  # fmt: skip


def test_a_group_is_the_recipient_of_its_messages():
    row = compose.row(case(command(to="g1", recipient_type="group")))
    assert (row.recipient, row.group_id) == ("g1", "g1")
    assert row.request["body"]["to"] == "g1"


def test_marking_as_read_is_outside_the_order_and_for_nobody():
    row = compose.row(case(mark_read()))
    assert (row.ordered, row.recipient, row.status) == (False, "", "queued")


def test_a_refused_message_says_why_and_keeps_what_was_typed():
    row = compose.row(case(command(to="+1")))
    assert (row.status, row.error_code, row.recipient) == ("failed", 131009, "+1")
    assert row.error_message == "data.to: 7 to 15 digits, was 1"


def test_a_warning_of_the_message_comes_before_one_of_the_number():
    doubted = command(to="+15551234567")
    assert compose.row(case(doubted)).warning == "libphonenumber does not know this as a valid number"
    both = command(to="+15551234567", type="pin", text=..., pin={"a": 1}, allow_unknown_type=True)
    assert compose.row(case(both)).warning == "type pin is not known here and goes to Meta as it is"


@pytest.mark.parametrize(
    ("changes", "status", "due_at"),
    [
        ({}, "queued", None),
        ({"send_at": LATER.isoformat()}, "scheduled", LATER),
        ({"send_at": NOW.isoformat()}, "queued", None),
        ({"send_at": EARLIER.isoformat()}, "queued", None),
        ({"expires_at": EARLIER.isoformat()}, "expired", None),
        ({"expires_at": NOW.isoformat()}, "expired", None),
        ({"expires_at": LATER.isoformat()}, "queued", None),
        ({"text": {"body": ""}, "send_at": LATER.isoformat()}, "failed", None),
    ],
)
def test_where_an_accepted_message_stands(changes, status, due_at):
    row = compose.row(case(command(**changes)))
    assert (row.status, row.due_at) == (status, due_at)
    assert (row.error_code is None) is (status != "failed")


def test_what_a_paused_template_stops_waits_with_its_row():
    row = compose.row(case(template_command(), template=replace(TEMPLATE, status="PAUSED")))
    assert (row.status, row.error_code, row.error_message) == ("queued", None, None)


@pytest.mark.parametrize(
    ("changes", "name", "key"),
    [
        ({}, events.MESSAGE_QUEUED, "345"),
        ({"send_at": LATER.isoformat()}, events.MESSAGE_QUEUED, "345"),
        ({"expires_at": EARLIER.isoformat()}, events.MESSAGE_EXPIRED, "345.0"),
        ({"to": "+1"}, events.MESSAGE_FAILED, "345.0"),
    ],
)
def test_the_acceptance_is_told_once_under_one_name(changes, name, key):
    accepted = case(command(**changes))
    row = compose.row(accepted)
    told = compose.event(accepted, row)
    assert told is not None
    assert (told.name, told.key, told.organization_id, told.time, told.traceparent) == (name, key, 12, NOW, TRACE)
    assert told.data["message_id"] == 345
    assert told.data["status"] == row.status
    assert told.data["contact_id"] == 7
    error = {"code": 131009, "message": "data.to: 7 to 15 digits, was 1"} if row.status == "failed" else None
    assert told.data.get("error") == error


def test_marking_as_read_is_told_only_when_it_failed():
    accepted = case(mark_read())
    assert compose.event(accepted, compose.row(accepted)) is None
    broken = case(from_data({**MARK_READ, "mark_read": {}}, source="/shop", id="order-7"))
    told = compose.event(broken, compose.row(broken))
    assert told is not None
    assert told.name == events.MESSAGE_FAILED
