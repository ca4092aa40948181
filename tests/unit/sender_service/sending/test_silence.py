import structlog

from sender_service.cloud_api.wire import Accepted, Doubtful, NotSent, Refused
from sender_service.sending.silence import LEAST_OPEN, SILENT_SECONDS, Silence
from shared import metrics

TIMED_OUT = Doubtful("TimeoutError")


def silence(calls: int, at: float = 0.0) -> Silence:
    one = Silence("1")
    for _ in range(calls):
        one.opened(at)
    return one


def test_many_open_calls_and_no_answer_for_a_while_are_silence():
    calls = silence(100)
    assert not calls.holds(SILENT_SECONDS - 0.1, pending=0)
    assert calls.holds(SILENT_SECONDS, pending=0)


def test_a_few_slow_calls_prove_nothing():
    assert not silence(LEAST_OPEN - 1).holds(29.0, pending=50)


def test_one_answer_among_many_open_calls_is_enough():
    calls = silence(100)
    for second in range(1, 20):
        calls.ended(Accepted("wamid"), float(second))
        assert not calls.holds(second + 0.5, pending=0)


def test_the_wait_begins_with_the_first_call_after_a_quiet_time():
    calls = silence(1)
    calls.ended(Accepted("wamid"), 0.1)
    for _ in range(LEAST_OPEN):
        calls.opened(1000.0)
    assert not calls.holds(1000.1, pending=0)
    assert calls.holds(1000.0 + SILENT_SECONDS, pending=0)


def test_any_answer_ends_the_silence_and_a_time_out_or_a_broken_connection_does_not():
    for answer in (Accepted("wamid"), Refused(4, "slow down"), Doubtful("an error without a code", 502)):
        calls = silence(100)
        assert calls.holds(10.0, pending=0)
        for mute in (TIMED_OUT, Doubtful("ServerDisconnectedError"), NotSent("late")):
            calls.ended(mute, 10.1)
        assert calls.holds(10.1, pending=0)
        calls.ended(answer, 10.2)
        assert not calls.holds(10.2, pending=0)


def test_when_all_calls_timed_out_a_few_go_out_to_find_out():
    calls = silence(100)
    assert calls.holds(10.0, pending=0)
    for _ in range(100):
        calls.ended(TIMED_OUT, 30.0)
    for pending in range(LEAST_OPEN):
        assert not calls.holds(30.0, pending=pending)
    assert calls.holds(30.0, pending=LEAST_OPEN)
    for _ in range(LEAST_OPEN):
        calls.opened(30.0)
    assert calls.holds(30.1, pending=0)
    calls.ended(Accepted("wamid"), 30.2)
    assert not calls.holds(30.2, pending=0)


def test_a_silence_and_its_end_are_told_once():
    before = metrics.META_SILENCES._value.get()
    with structlog.testing.capture_logs() as lines:
        calls = silence(7)
        assert [calls.holds(10.0 + tick, pending=0) for tick in range(3)] == [True] * 3
        for second in (20.0, 21.0):
            calls.ended(Accepted("wamid"), second)
    assert lines == [
        {"event": "number.meta_is_silent", "log_level": "warning", "phone_number_id": "1", "open_calls": 7},
        {"event": "number.meta_answers_again", "log_level": "info", "phone_number_id": "1"},
    ]
    assert metrics.META_SILENCES._value.get() == before + 1


def test_exactly_five_open_calls_prove_a_silence():
    assert [silence(calls).holds(SILENT_SECONDS, pending=0) for calls in (4, 5, 6)] == [False, True, True]


def test_calls_beside_open_ones_do_not_begin_the_wait_anew():
    calls = silence(4)
    calls.opened(2.9)
    assert calls.holds(SILENT_SECONDS, pending=0)


def test_after_an_answer_the_wait_begins_anew():
    calls = silence(10)
    calls.ended(Accepted("wamid"), 2.0)
    assert not calls.holds(2.0 + SILENT_SECONDS - 0.1, pending=0)
    assert calls.holds(2.0 + SILENT_SECONDS, pending=0)


def test_a_call_opened_during_a_silence_does_not_end_it():
    calls = silence(5)
    assert calls.holds(10.0, pending=0)
    for _ in range(5):
        calls.ended(TIMED_OUT, 30.0)
    calls.opened(30.0)
    assert not calls.holds(30.0, pending=3)
    assert calls.holds(30.0, pending=4)


def test_what_is_pending_counts_only_while_meta_is_silent():
    assert not silence(5).holds(0.5, pending=100)


def test_what_was_open_when_the_silence_was_noticed_is_no_news_when_it_ends_and_a_call_after_it_is():
    calls = silence(100)
    assert calls.holds(10.0, pending=0)
    for _ in range(100):
        calls.ended(TIMED_OUT, 30.0)
        assert calls.foresaw
    calls.opened(30.0)
    calls.ended(TIMED_OUT, 30.1)
    assert not calls.foresaw


def test_after_an_answer_nothing_is_foreseen_any_more():
    calls = silence(100)
    assert calls.holds(10.0, pending=0)
    calls.ended(Accepted("wamid"), 11.0)
    calls.ended(TIMED_OUT, 30.0)
    assert not calls.foresaw
