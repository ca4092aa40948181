"""What a call leaves behind: rows and events that say what became of it, and nothing of what was said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from sender_service.cloud_api.wire import Accepted, Answer, Doubtful, NotSent, Refused
from sender_service.model import Queued
from sender_service.sending import calls
from sender_service.sending.calls import Call
from sender_service.sending.outcome import Decision, Fate
from sender_service.store.outcomes import Attempt, Doubted, Requeued, Settled
from shared import metrics
from shared.contracts import events

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = START + timedelta(seconds=0.25)
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
FACTS = {"phone_number_id": "106", "type": "text", "lane": "bulk", "contact_id": 7, "traceparent": TRACE}
BODY = {"messaging_product": "whatsapp", "to": "+529983162438", "type": "text", "text": {"body": "secret words"}}


def queued(*, recipient: str = "529983162438", body: Any = BODY, facts: Any = FACTS) -> Queued:
    return Queued(
        12, 345, "106", "bulk", recipient, ordered=True, attempt=1, tries=0, last_code=None, due_at=None,
        expires_at=None, template_id=None, campaign_id=None, request={"body": body, "facts": facts},
    )  # fmt: skip


def call(answer: Answer, decision: Decision, message: Queued | None = None) -> Call:
    return Call(message or queued(), 2, answer, decision, START, END)


SENT = call(Accepted("wamid.1", "accepted", "529983162438"), Decision(Fate.SENT, wamid="wamid.1"))
FAILED = call(Refused(131026, "no"), Decision(Fate.FAILED, code=131026, reason="Not on WhatsApp."))
DOUBTED = call(Doubtful("no answer"), Decision(Fate.UNKNOWN, reason="no answer"))
LATER = call(Refused(131056, "slow"), Decision(Fate.RETRY_WAIT, seconds=16.0, code=131056, reason="Pair limit."))
HELD = call(Refused(130429, "slow"), Decision(Fate.QUEUED, seconds=8.0, code=130429, reason="Too fast."))
NOT_SENT = call(NotSent("no connection"), Decision(Fate.QUEUED, reason="no connection"))
ASKED = {"type": "text", "to": "…2438", "fields": ["messaging_product", "text", "to", "type"], "template": None}
SAID = {"message_id": "wamid.1", "message_status": "accepted"}


def test_what_is_over_is_settled_with_its_id_or_its_error():
    assert SENT.message_id == 345
    assert calls.settled(SENT) == Settled(12, 345, 2, "sent", "wamid.1", None, None, END, START, "sent", ASKED, SAID)
    assert calls.settled(FAILED)[:10] == (12, 345, 2, "failed", None, 131026, "Not on WhatsApp.", END, START, "failed")


def test_only_a_message_that_waits_by_itself_is_given_seconds():
    assert calls.requeued(LATER) == Requeued(12, 345, 2, "retry_wait", 16.0, 131056, "Pair limit.")
    assert calls.requeued(HELD) == Requeued(12, 345, 2, "queued", 0.0, 130429, "Too fast.")


def test_a_doubt_says_why():
    assert calls.doubted(DOUBTED) == Doubted(345, 2, "no answer")
    assert calls.doubted(call(Doubtful(""), Decision(Fate.UNKNOWN))) == Doubted(345, 2, "")


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (SENT, "sent"), (FAILED, "failed"), (DOUBTED, "unknown"), (LATER, "refused"), (HELD, "refused"),
        (NOT_SENT, "not_sent"),
    ],
)  # fmt: skip
def test_the_history_tells_what_may_pass_from_what_does_not(made, name):
    assert calls.outcome_name(made) == name


def test_the_history_has_one_row_for_each_attempt_that_settled_nothing():
    said = {"http_status": None, "reason": "no answer"}
    assert calls.attempt(DOUBTED) == Attempt(12, START, 345, 2, "unknown", None, None, "no answer", ASKED, said)
    assert calls.attempt(LATER)[4:8] == ("refused", None, 131056, "Pair limit.")


def test_a_request_is_kept_without_a_word_of_what_was_said():
    template = {"messaging_product": "whatsapp", "type": "template", "template": {"name": "hello", "language": {}}}
    assert calls.redacted_request(queued(body=template)) == {
        "type": "template", "to": "…2438", "fields": ["messaging_product", "template", "type"], "template": "hello",
    }  # fmt: skip
    read = {"status": "read", "message_id": "wamid.0"}
    assert calls.redacted_request(queued(body=read, recipient="")) == {
        "type": "mark_read", "to": None, "fields": ["message_id", "status"], "template": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (Accepted("wamid.1", "accepted", "529983162438"), {"message_id": "wamid.1", "message_status": "accepted"}),
        (
            Refused(131026, "no", "why", 400, raw={"error": {"fbtrace_id": "A1", "message": "529983162438"}}),
            {"http_status": 400, "code": 131026, "message": "no", "details": "why", "fbtrace_id": "A1"},
        ),
        (
            Refused(131026, "no", status=500, raw={}),
            {"http_status": 500, "code": 131026, "message": "no", "details": "", "fbtrace_id": None},
        ),
        (
            Refused(131026, "no", raw="text"),
            {"http_status": 400, "code": 131026, "message": "no", "details": "", "fbtrace_id": None},
        ),
        (Doubtful("no answer", 502), {"http_status": 502, "reason": "no answer"}),
        (NotSent("no connection"), {"reason": "no connection"}),
    ],
)
def test_an_answer_is_kept_without_the_number_it_repeats(answer, kept):
    assert calls.redacted_answer(answer) == kept


def test_other_backends_are_told_that_meta_took_it():
    told = calls.event(SENT)
    assert told is not None
    assert (told.name, told.organization_id, told.key, told.time) == (events.MESSAGE_SENT, 12, "345.2", END)
    assert told.traceparent == TRACE
    assert told.data == {"message_id": 345, "attempt": 2, "status": "sent", "external_id": "wamid.1", **FACTS}


def test_other_backends_are_told_that_it_failed_for_good():
    told = calls.event(FAILED)
    assert told is not None
    assert (told.name, told.key) == (events.MESSAGE_FAILED, "345.2")
    error = {"code": 131026, "message": "Not on WhatsApp."}
    assert told.data == {"message_id": 345, "attempt": 2, "status": "failed", "error": error, **FACTS}


def test_a_message_without_a_trace_is_told_without_one():
    facts = {name: value for name, value in FACTS.items() if name != "traceparent"}
    told = calls.event(call(SENT.answer, SENT.decision, queued(facts=facts)))
    assert told is not None
    assert told.traceparent is None


@pytest.mark.parametrize("made", [DOUBTED, LATER, HELD, NOT_SENT])
def test_nobody_is_told_of_what_is_not_over(made):
    assert calls.event(made) is None


@pytest.mark.parametrize("made", [SENT, FAILED])
def test_nobody_is_told_of_marking_as_read(made):
    read = queued(facts={**FACTS, "type": "mark_read"})
    assert calls.event(call(made.answer, made.decision, read)) is None


def test_an_attempt_is_one_line_and_one_count():
    before = metrics.SENDS.labels("failed")._value.get(), metrics.SEND_SECONDS._sum.get()
    with structlog.testing.capture_logs() as lines:
        calls.tell(FAILED)
    assert lines == [{
        "event": "message.send_attempted", "log_level": "info", "organization_id": 12, "message_id": 345, "attempt": 2,
        "phone_number_id": "106", "outcome": "failed", "code": 131026, "seconds": 0.25,
    }]  # fmt: skip
    assert metrics.SENDS.labels("failed")._value.get() == before[0] + 1
    assert metrics.SEND_SECONDS._sum.get() == pytest.approx(before[1] + 0.25)


def test_the_seconds_of_a_line_are_readable():
    slow = Call(queued(), 2, NOT_SENT.answer, NOT_SENT.decision, START, START + timedelta(seconds=1.23456789))
    with structlog.testing.capture_logs() as lines:
        calls.tell(slow)
    assert lines[0]["seconds"] == 1.2346
