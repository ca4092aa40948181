"""What stops a message before any call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sender_service.sending.guards import Facts, Refusal, refusal, second_refusal
from sender_service.sending.templates import StoredTemplate

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
TEXT = {"body": "Hola"}
GREETING = StoredTemplate(
    name="greeting", language="es_MX", category="MARKETING", components=[{"type": "BODY", "text": "Hola {{1}}"}]
)
FILLED = {
    "name": "greeting",
    "language": {"code": "es_MX"},
    "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}],
}
OPEN = Facts(now=NOW, window_expires_at=NOW + timedelta(hours=1))
CLOSED = Refusal(131047, "the 24-hour service window is closed: send a template instead")


def test_a_refusal_is_final_unless_it_says_otherwise():
    assert (CLOSED.waits, CLOSED.expired, CLOSED.field) == (False, False, None)


def test_nothing_stops_a_message_in_an_open_window():
    assert refusal("text", TEXT, OPEN) is None


@pytest.mark.parametrize(("left", "stopped"), [(TICK, False), (timedelta(0), True), (-TICK, True)])
def test_the_window_closes_at_its_end(left, stopped):
    facts = Facts(now=NOW, window_expires_at=NOW + left)
    assert refusal("text", TEXT, facts) == (CLOSED if stopped else None)


def test_a_window_nobody_knows_is_for_meta_to_judge_unless_it_must_be_known():
    assert refusal("image", {}, Facts(now=NOW)) is None
    assert refusal("image", {}, Facts(now=NOW, window_must_be_known=True)) == CLOSED
    known = replace(OPEN, window_must_be_known=True)
    assert refusal("image", {}, known) is None


def test_a_template_needs_no_window():
    facts = Facts(now=NOW, window_expires_at=NOW - timedelta(days=3), template=GREETING)
    assert refusal("template", FILLED, facts) is None


@pytest.mark.parametrize(("left", "stopped"), [(TICK, False), (timedelta(0), True), (-TICK, True)])
@pytest.mark.parametrize("kind", ["text", "template", "mark_read"])
def test_what_is_late_is_expired(kind, left, stopped):
    late = Refusal(None, "expires_at has passed", field="expires_at", expired=True)
    content = FILLED if kind == "template" else TEXT
    facts = replace(OPEN, expires_at=NOW + left, template=GREETING)
    assert refusal(kind, content, facts) == (late if stopped else None)


@pytest.mark.parametrize("kind", ["text", "template"])
def test_a_blocked_contact_gets_nothing(kind):
    facts = replace(OPEN, blocked=True, template=GREETING)
    assert refusal(kind, FILLED, facts) == Refusal(130403, "this contact is blocked here")


def test_reading_is_no_sending():
    closed = Facts(now=NOW, window_expires_at=NOW - TICK, blocked=True, window_must_be_known=True)
    assert refusal("mark_read", {"message_id": "wamid.1"}, closed) is None


def test_a_marketing_template_does_not_reach_who_opted_out():
    facts = replace(OPEN, marketing_opted_out=True, template=GREETING)
    assert refusal("template", FILLED, facts) == Refusal(131050, "this contact does not want marketing messages")


@pytest.mark.parametrize("category", ["UTILITY", "AUTHENTICATION", None])
def test_other_templates_reach_who_opted_out_of_marketing(category):
    facts = replace(OPEN, marketing_opted_out=True, template=replace(GREETING, category=category))
    assert refusal("template", FILLED, facts) is None


def test_an_answer_reaches_who_opted_out_of_marketing():
    assert refusal("text", TEXT, replace(OPEN, marketing_opted_out=True)) is None


def test_a_template_never_synced_is_for_meta_to_judge_unless_it_must_be_known():
    assert refusal("template", FILLED, OPEN) is None
    missing = Refusal(132001, "no such template in this language is known here", field="template.name")
    assert refusal("template", FILLED, replace(OPEN, template_must_be_known=True)) == missing


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PAUSED", Refusal(132015, "Meta paused the template for its quality", field="template.name", waits=True)),
        ("DISABLED", Refusal(132016, "Meta disabled the template for good", field="template.name")),
        ("PENDING", Refusal(132001, "the template is PENDING, only APPROVED ones are sent", field="template.name")),
        ("REJECTED", Refusal(132001, "the template is REJECTED, only APPROVED ones are sent", field="template.name")),
        ("APPROVED", None),
    ],
)
def test_only_approved_templates_are_sent(status, expected):
    assert refusal("template", FILLED, replace(OPEN, template=replace(GREETING, status=status))) == expected


def test_our_own_disabling_counts_whatever_meta_says():
    facts = replace(OPEN, template=replace(GREETING, disabled=True))
    assert refusal("template", FILLED, facts) == Refusal(
        132016, "the template was disabled here", field="template.name"
    )


def test_placeholders_are_complete():
    facts = replace(OPEN, template=GREETING)
    problem = "the template has 1 placeholders, 0 parameters were given"
    assert refusal("template", {"name": "greeting"}, facts) == Refusal(
        132000, problem, field="template.components.body"
    )


@pytest.mark.parametrize(
    ("kind", "category", "facts", "code"),
    [
        ("text", None, OPEN, None),
        ("text", None, replace(OPEN, window_expires_at=NOW), 131047),
        ("text", None, replace(OPEN, marketing_opted_out=True), None),
        ("text", None, replace(OPEN, blocked=True), 130403),
        ("mark_read", None, replace(OPEN, blocked=True, window_expires_at=NOW), None),
        ("template", "MARKETING", replace(OPEN, marketing_opted_out=True), 131050),
        ("template", "UTILITY", replace(OPEN, marketing_opted_out=True), None),
        ("template", None, replace(OPEN, marketing_opted_out=True), None),
        ("template", "MARKETING", replace(OPEN, window_expires_at=NOW), None),
        ("template", "UTILITY", replace(OPEN, blocked=True), 130403),
    ],
)
def test_what_waited_is_judged_again_by_the_person_the_window_and_the_wish(kind, category, facts, code):
    refused = second_refusal(kind, category, facts)
    assert (refused and refused.code) == code
