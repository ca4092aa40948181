from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sender_service.sending.pacing import AdaptiveRate, Pace


def sends(
    pace: Pace, *, seconds: float, hiccups: Sequence[tuple[float, float]] = (), start: float = 1000.0
) -> list[float]:
    """First bytes of a queue that is full from the start; during a hiccup (at, for) nothing wakes."""
    now, sent, frozen = start, [], sorted(hiccups)
    while now < start + seconds:
        while frozen and now >= start + frozen[0][0]:
            now += frozen.pop(0)[1]
        wait = pace.take(now, since=start)
        if wait:
            now += wait
        else:
            sent.append(now)
    return sent


def worst_second(sent: list[float]) -> int:
    """The most sends in any sliding second, both ends counted."""
    return max(bisect_right(sent, at + 1.0) - place for place, at in enumerate(sent))


@pytest.mark.parametrize(("rate", "most"), [(1, 1), (2, 2), (2.5, 3), (20, 20), (80, 80), (1000, 1001), (5000, 5001)])
def test_the_tier_is_sustained_and_no_sliding_second_holds_more(rate, most):
    sent = sends(Pace(rate), seconds=10)
    assert abs(len(sent) - rate * 10) <= 1
    assert worst_second(sent) <= most


@pytest.mark.parametrize("late", [0.0001, 0.0005, 0.001])
def test_the_top_tier_goes_out_though_each_message_is_a_little_late(late):
    pace, now, sent = Pace(1000), 0.0, 0
    while now < 20:
        wait = pace.take(now, since=0.0)
        sent += not wait
        now += wait + late if wait else 0
    assert sent >= 20 * 1000


@pytest.mark.parametrize("rate", [80, 1000])
def test_sends_are_evenly_spaced(rate):
    sent = sends(Pace(rate), seconds=1)
    gaps = [b - a for a, b in pairwise(sent)]
    assert min(gaps) > 0.99 / rate
    assert max(gaps) < 1.01 / rate


def test_after_a_pause_messages_are_spaced_from_the_first_on():
    pace = Pace(1000)
    pace.take(0.0, since=0.0)
    assert pace.take(5.0, since=5.0) == 0.0
    assert pace.take(5.0, since=5.0) == pytest.approx(0.001)


@pytest.mark.parametrize(("on_the_way", "at_once"), [(0.0, 1), (0.005, 6), (0.019, 20), (0.035, 20), (5.0, 20)])
def test_tokens_that_came_while_messages_were_on_their_way_are_theirs_for_twenty_milliseconds(on_the_way, at_once):
    pace = Pace(1000)
    pace.take(0.0, since=0.0)
    now = 10.0 + 1e-9
    assert sum(not pace.take(now, since=10.0 - on_the_way) for _ in range(100)) == pytest.approx(at_once, abs=1)


def test_what_is_late_is_caught_up_with_at_one_and_a_half_times_the_rate():
    pace, now, sent = Pace(1000), 10.0, []
    while now < 10.1:
        wait = pace.take(now, since=0.0)
        now += wait
        sent += [] if wait else [now]
    assert len(sent) == pytest.approx(20 + 150, abs=2)


@pytest.mark.parametrize("rate", [80, 1000])
def test_a_database_that_answers_nothing_for_a_third_of_a_second_costs_no_rate(rate):
    stalls = [(1.0, 0.33), (3.0, 0.2), (5.0, 0.33)]
    assert len(sends(Pace(rate), seconds=8, hiccups=stalls)) >= 8 * rate * 0.998


def test_of_a_long_stall_half_a_second_is_caught_up_with_and_not_more():
    after = [at for at in sends(Pace(2.5), seconds=111, hiccups=[(1.0, 100.0)]) if at > 1050]
    assert len(after) == pytest.approx(10 * 2.5 + 0.5 * 2.5, abs=1.5)


hiccups = st.lists(st.tuples(st.floats(0, 3), st.floats(0.001, 0.5)), max_size=30)


@given(rate=st.sampled_from([1, 7, 20, 80, 333, 1000]), stalls=hiccups)
def test_whatever_stalls_the_process_no_second_holds_more_than_the_tier(rate, stalls):
    assert worst_second(sends(Pace(rate), seconds=3, hiccups=stalls)) <= rate + (rate == 1000)


@pytest.mark.parametrize("rate", [1000, 1500, 5000])
def test_a_tier_above_the_top_one_holds_its_second_too(rate):
    assert worst_second(sends(Pace(rate), seconds=3, hiccups=[(0.5, 0.05), (1.2, 0.1)])) <= rate + 1


@given(late=st.lists(st.floats(0.0001, 0.019), max_size=100))
@settings(max_examples=30)
def test_a_loop_that_wakes_some_milliseconds_late_loses_no_rate(late):
    stalls = [(0.03 * place, seconds) for place, seconds in enumerate(late, 1)]
    assert len(sends(Pace(1000), seconds=3, hiccups=stalls)) >= 2988


def test_a_lower_rate_counts_what_was_sent_in_the_last_second():
    pace = Pace(1000)
    sent = sends(pace, seconds=0.5)
    pace.change(80)
    assert pace.take(sent[-1] + 0.4, since=0.0) > 0
    assert pace.take(sent[-1] + 1.1, since=0.0) == 0.0


def test_a_higher_rate_holds_at_once():
    pace = Pace(80)
    sends(pace, seconds=1, start=0.0)
    pace.change(1000)
    assert len(sends(pace, seconds=1, start=1.0)) >= 900


def test_fifty_milliseconds_of_intents_may_be_open_and_never_less_than_two():
    assert [Pace(rate).open_intents for rate in (1, 20, 80, 1000)] == [2, 2, 4, 50]


def test_too_fast_halves_the_rate_and_it_comes_back_in_steps():
    rate = AdaptiveRate(80)
    assert rate.rate(0.0) == 80
    rate.cut(0.0)
    assert rate.rate(0.0) == 40
    assert rate.rate(10.0) == pytest.approx(48)
    assert rate.rate(50.0) == pytest.approx(80)
    assert rate.rate(1000.0) == 80


def test_answers_to_what_was_under_way_cut_once():
    rate = AdaptiveRate(80)
    for answer in range(10):
        rate.cut(answer * 0.05)
    assert rate.rate(0.5) == 40


def test_cuts_add_up_and_leave_at_least_one_message_per_second():
    rate = AdaptiveRate(20)
    for second in range(20):
        rate.cut(second * 2.0)
    assert rate.rate(40.0) == 1.0


def test_the_first_message_goes_at_once_and_the_next_after_one_interval():
    pace = Pace(4)
    assert pace.take(0.0, since=0.0) == 0.0
    assert pace.take(0.0, since=0.0) == 0.25
    assert pace.take(0.1, since=0.0) == pytest.approx(0.15)
    assert pace.take(0.25, since=0.0) == 0.0


def test_asking_takes_nothing():
    pace = Pace(4)
    assert [pace.wait(0.0), pace.wait(0.0)] == [0.0, 0.0]
    pace.take(0.0, since=0.0)
    assert [pace.wait(0.0), pace.wait(0.0)] == [0.25, 0.25]


def test_a_second_after_the_oldest_send_is_still_the_same_second():
    pace = Pace(1)
    assert pace.take(0.0, since=0.0) == 0.0
    assert pace.take(1.0, since=1.0) == pytest.approx(1e-6)
    assert pace.take(1.0 + 2e-6, since=1.0) == 0.0
    pace.change(1000)
    pace.change(1)
    assert pace.wait(2.0) > 0.0


def test_who_was_chosen_late_catches_up_with_nothing_that_came_before():
    early, late = Pace(1000), Pace(1000)
    for pace in (early, late):
        pace.take(0.0, since=0.0)
    assert (early.take(0.0355, since=0.030), late.take(0.0355, since=0.0355)) == (0.0, 0.0)
    assert early.wait(0.0355) == 0.0
    assert late.wait(0.0355) == pytest.approx(0.001)


def test_a_changed_rate_moves_the_next_token_by_the_difference_of_the_intervals():
    pace = Pace(10)
    pace.take(0.0, since=0.0)
    pace.change(5)
    assert [pace.rate, pace.wait(0.0)] == [5, pytest.approx(0.2)]
    pace.change(20)
    assert [pace.rate, pace.wait(0.0)] == [20, pytest.approx(0.05)]


def test_the_same_rate_again_changes_nothing():
    pace = Pace(10)
    pace.take(0.0, since=0.0)
    for _ in range(5):
        pace.change(10)
    assert pace.wait(0.0) == pytest.approx(0.1)


def test_a_changed_rate_holds_for_every_second_from_then_on():
    for before, after in ((1000, 80), (80, 1000), (2, 1), (1, 2)):
        pace = Pace(before)
        sends(pace, seconds=2, start=0.0)
        pace.change(after)
        sent = sends(pace, seconds=5, start=4.0)
        assert worst_second(sent) == after + (after == 1000)
        assert abs(len(sent) - 5 * after) <= 1


def test_an_adaptive_rate_remembers_its_tier_and_uses_all_of_it():
    rate = AdaptiveRate(80)
    assert (rate.tier, rate.rate_share(0.0), rate.rate_share(1e9)) == (80, 1.0, 1.0)


def test_what_was_cut_comes_back_in_whole_steps():
    rate = AdaptiveRate(100)
    rate.cut(100.0)
    shares = [rate.rate_share(100.0 + seconds) for seconds in (0.0, 9.9, 10.0, 19.9, 20.0, 49.9, 50.0, 60.0)]
    assert shares == [pytest.approx(share) for share in (0.5, 0.5, 0.6, 0.6, 0.7, 0.9, 1.0, 1.0)]


def test_a_second_cut_halves_what_had_come_back():
    rate = AdaptiveRate(100)
    rate.cut(0.0)
    rate.cut(10.0)
    assert rate.rate(10.0) == pytest.approx(30)
    assert rate.rate(20.0) == pytest.approx(40)


@pytest.mark.parametrize(("seconds", "share"), [(0.0, 0.5), (0.999, 0.5), (1.0, 0.25), (1.5, 0.25)])
def test_only_answers_of_the_same_second_are_taken_for_one(seconds, share):
    rate = AdaptiveRate(100)
    rate.cut(50.0)
    rate.cut(50.0 + seconds)
    assert rate.rate_share(50.0 + seconds) == share


def test_a_cut_after_everything_came_back_is_a_cut_of_the_whole():
    rate = AdaptiveRate(100)
    rate.cut(0.0)
    rate.cut(1_000.0)
    assert rate.rate_share(1_000.0) == 0.5


def test_a_share_never_falls_below_a_twentieth():
    rate = AdaptiveRate(1000)
    for second in range(20):
        rate.cut(second * 2.0)
    assert rate.rate(38.0) == pytest.approx(50)
