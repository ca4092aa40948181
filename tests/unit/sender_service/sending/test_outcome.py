import json
from pathlib import Path

import pytest

from sender_service.cloud_api import error_codes
from sender_service.cloud_api.error_codes import Class
from sender_service.cloud_api.wire import Accepted, Doubtful, NotSent, Refused
from sender_service.sending.outcome import Act, Decision, Fate, decide

CODES = json.loads((Path(__file__).parents[3] / "data" / "meta" / "error-codes.json").read_text())["codes"]
SINGLE = [(entry["code"], entry["retry_class"]) for entry in CODES if isinstance(entry["code"], int)]

WANTED = {
    "retry_backoff": (Fate.QUEUED, {Act.HOLD_NUMBER, Act.HOLD_ACCOUNT}),
    "retry_backoff_recipient": (Fate.RETRY_WAIT, {Act.BLOCK_RECIPIENT}),
    "retry_backoff_long": (Fate.QUEUED, {Act.HOLD_NUMBER}),
    "retry_long": (None, {Act.NOTHING, Act.HOLD_NUMBER}),
    "unknown_outcome": (Fate.UNKNOWN, {Act.NOTHING}),
    "pause_credential": (Fate.QUEUED, {Act.PAUSE_CREDENTIAL}),
    "pause_waba": (Fate.QUEUED, {Act.PAUSE_ACCOUNT}),
    "pause_number": (Fate.QUEUED, {Act.PAUSE_NUMBER}),
    "pause_template": (Fate.QUEUED, {Act.PAUSE_TEMPLATE}),
    "never_template": (Fate.FAILED, {Act.PAUSE_TEMPLATE}),
}


def refused(code: int, *, tries: int = 0, failures: int = 0, **changes) -> Decision:
    answer = Refused(code, f"(#{code}) no", **changes)
    return decide(answer, tries=tries, failures=failures, random=lambda: 1.0)


def test_all_codes_that_meta_documents_are_in_the_table():
    assert len(CODES) == 109
    for code, kind in SINGLE:
        verdict = error_codes.verdict(code)
        assert (verdict.kind, verdict.known) == (kind, True), code
        assert verdict.sentence.endswith(".")
        assert verdict.page.startswith("https://developers.facebook.com/")


@pytest.mark.parametrize("code", [201, 250, 299])
def test_missing_permissions_are_one_entry(code):
    assert error_codes.verdict(code).kind is Class.PAUSE_CREDENTIAL


@pytest.mark.parametrize(("code", "kind"), SINGLE)
def test_each_code_acts_as_its_class_says_whatever_the_http_status(code, kind):
    fate, acts = WANTED.get(kind, (Fate.FAILED, {Act.NOTHING}))
    for status in (200, 400, 401, 403, 429, 500, 503):
        decision = refused(code, status=status, transient=True)
        assert fate in (None, decision.fate)
        assert decision.act in acts
        assert decision.code == code
        assert error_codes.verdict(code).sentence in str(decision.reason)


def test_accepted_is_sent_with_its_id():
    decision = decide(Accepted("wamid.1"), tries=0, failures=0, random=lambda: 0.5)
    assert (decision.fate, decision.wamid, decision.act) == (Fate.SENT, "wamid.1", Act.NOTHING)


def test_a_doubtful_answer_is_unknown_and_what_was_not_sent_goes_again():
    assert decide(Doubtful("lost"), tries=0, failures=0, random=lambda: 0.5).fate is Fate.UNKNOWN
    assert decide(NotSent("lease"), tries=0, failures=0, random=lambda: 0.5).fate is Fate.QUEUED


@pytest.mark.parametrize(("status", "transient", "fate"), [
    (400, False, Fate.FAILED), (403, False, Fate.FAILED), (400, True, Fate.UNKNOWN), (500, False, Fate.UNKNOWN),
])  # fmt: skip
def test_a_code_meta_does_not_document_is_judged_by_what_else_it_says(status, transient, fate):
    assert refused(999_999, status=status, transient=transient).fate is fate


def test_rate_limits_wait_longer_each_time_and_slow_only_the_number_that_is_too_fast():
    assert [refused(130429, failures=n).seconds for n in range(4)] == [2.0, 4.0, 8.0, 16.0]
    assert refused(130429).cut
    assert refused(130429).act is Act.HOLD_NUMBER
    assert not refused(4).cut
    assert {refused(4).act, refused(80007).act} == {Act.HOLD_ACCOUNT}


def test_a_spam_limit_pauses_the_number_and_slows_it_for_afterwards():
    decision = refused(131048)
    assert (decision.act, decision.cut) == (Act.PAUSE_NUMBER, True)


def test_the_pair_limit_waits_four_to_the_x_and_gives_up_at_last():
    assert [refused(131056, tries=n).seconds for n in range(3)] == [1.0, 4.0, 16.0]
    assert refused(131056, tries=10).fate is Fate.FAILED


def test_held_back_marketing_is_tried_once_more_after_a_day():
    first, second = refused(131049), refused(131049, tries=1)
    assert (first.fate, first.seconds) == (Fate.RETRY_WAIT, 86_400.0)
    assert second.fate is Fate.FAILED


def test_a_closed_window_fails_and_says_to_send_a_template():
    decision = refused(131047, details="Re-engagement message")
    assert decision.fate is Fate.FAILED
    assert "template" in str(decision.reason)
    assert str(decision.reason).endswith("(Meta: Re-engagement message)")


@pytest.mark.parametrize(("code", "least"), [(131057, 60), (2494100, 300)])
def test_maintenance_holds_the_number_for_minutes(code, least):
    decision = refused(code)
    assert (decision.fate, decision.act) == (Fate.QUEUED, Act.HOLD_NUMBER)
    assert least <= decision.seconds <= least * 1.2


@pytest.mark.parametrize(("code", "seconds"), [(132069, 3600.0), (134101, 600.0)])
def test_a_busy_flow_or_template_makes_its_message_wait_alone(code, seconds):
    decision = refused(code)
    assert (decision.fate, decision.act, decision.seconds) == (Fate.RETRY_WAIT, Act.NOTHING, seconds)
