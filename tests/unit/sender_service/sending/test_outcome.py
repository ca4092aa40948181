import json
from pathlib import Path

import pytest

from sender_service.cloud_api import error_codes
from sender_service.cloud_api.error_codes import Class
from sender_service.cloud_api.wire import Accepted, Answer, Doubtful, NotSent, Refused
from sender_service.sending.outcome import Act, Decision, Fate, decide
from sender_service.sending.retry import Random

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


def decided(answer: Answer, *, failures: int = 0, random: Random = lambda: 0.5) -> Decision:
    return decide(answer, tries=0, failures=failures, random=random)


def test_a_decision_says_everything():
    sentence = error_codes.verdict(131056).sentence
    assert refused(131056, tries=1, details="slow down") == Decision(
        Fate.RETRY_WAIT, Act.BLOCK_RECIPIENT, 4.0, 131056, f"{sentence} (Meta: slow down)"
    )
    assert decided(Accepted("wamid.1")) == Decision(Fate.SENT, wamid="wamid.1")
    assert decided(Doubtful("lost", 502)) == Decision(Fate.UNKNOWN, reason="lost")
    assert decided(NotSent("no lease")) == Decision(Fate.QUEUED, reason="no lease")


def test_a_refusal_without_words_has_ours():
    silent = decided(Refused(131026, ""))
    assert silent == Decision(Fate.FAILED, code=131026, reason=error_codes.verdict(131026).sentence)
    spoken = decided(Refused(131026, "message", details="details"))
    assert str(spoken.reason).endswith("(Meta: details)")
    assert str(decided(Refused(131026, "message")).reason).endswith("(Meta: message)")


def test_chance_spreads_the_waits_of_a_number():
    assert decided(Refused(130429, "no"), failures=1).seconds == 2.0
    assert decided(Refused(130429, "no"), failures=99, random=lambda: 1.0).seconds == 60.0
    assert decided(Refused(131057, "no")).seconds == pytest.approx(66.0)
    assert decided(Refused(2494100, "no"), random=lambda: 1.0).seconds == pytest.approx(360.0)


@pytest.mark.parametrize("code", [130429, 131048])
def test_codes_of_speed_slow_the_number(code):
    assert refused(code).cut


@pytest.mark.parametrize("code", [4, 80007, 131056, 131026, 190, 999_999])
def test_other_codes_do_not(code):
    assert refused(code).cut is False


@pytest.mark.parametrize("code", [131056, 132069, 134101])
def test_a_message_alone_is_tried_ten_times(code):
    assert refused(code, tries=9).fate is Fate.RETRY_WAIT
    last = refused(code, tries=10)
    assert (last.fate, last.act, last.seconds, last.code) == (Fate.FAILED, Act.NOTHING, 0.0, code)


def test_an_undocumented_code_says_so():
    verdict = error_codes.verdict(999_999)
    assert (verdict.code, verdict.kind, verdict.known) == (999_999, Class.NEVER, False)
    assert verdict.sentence == "Meta refused with a code it does not document (999999)."
    assert verdict.page.endswith("/support/error-codes")


@pytest.mark.parametrize("code", [200, 299])
def test_a_missing_permission_says_which_code_it_was(code):
    verdict = error_codes.verdict(code)
    assert (verdict.code, verdict.known) == (code, True)
    assert verdict.sentence.endswith(".")
    assert verdict.page.startswith("https://developers.facebook.com/")


def test_a_documented_code_keeps_its_number():
    assert error_codes.verdict(131047).code == 131047


@pytest.mark.parametrize(("status", "fate"), [(499, Fate.FAILED), (500, Fate.UNKNOWN), (599, Fate.UNKNOWN)])
def test_a_failure_of_metas_own_leaves_an_undocumented_code_in_doubt(status, fate):
    assert refused(999_999, status=status).fate is fate
