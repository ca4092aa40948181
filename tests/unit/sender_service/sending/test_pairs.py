from hypothesis import given, settings
from hypothesis import strategies as st

from sender_service.sending.pairs import BURST, FULL_SECONDS, INTERVAL_SECONDS, NEAR_SECONDS, PairPace


def test_a_burst_of_forty_five_goes_at_once_and_the_next_waits_six_seconds():
    pairs = PairPace()
    assert [pairs.reserve("a", "bulk", 0.0) for _ in range(BURST)] == [0.0] * BURST
    assert pairs.reserve("a", "bulk", 0.0) == INTERVAL_SECONDS


def test_what_is_put_off_comes_one_every_six_seconds():
    pairs = PairPace()
    turns = [pairs.reserve("a", "bulk", 0.0) for _ in range(BURST + 5)]
    assert turns[BURST:] == [6.0, 12.0, 18.0, 24.0, 30.0]


def test_recipients_do_not_wait_for_each_other():
    pairs = PairPace()
    for _ in range(BURST + 5):
        pairs.reserve("a", "bulk", 0.0)
    assert pairs.reserve("b", "bulk", 0.0) == 0.0


def test_one_place_comes_back_every_six_seconds():
    pairs = PairPace()
    for _ in range(BURST):
        pairs.reserve("a", "bulk", 0.0)
    assert [pairs.reserve("a", "bulk", 12.0) for _ in range(3)] == [12.0, 12.0, 18.0]


def test_a_priority_message_overtakes_what_bulk_was_put_off():
    pairs = PairPace()
    for _ in range(BURST + 100):
        pairs.reserve("a", "bulk", 0.0)
    assert pairs.reserve("a", "priority", 5.0) == 6.0
    assert pairs.reserve("a", "bulk", 6.1, returning=True) - 6.1 > NEAR_SECONDS


def test_a_message_that_comes_back_at_its_turn_goes():
    pairs = PairPace()
    for _ in range(BURST + 3):
        pairs.reserve("a", "bulk", 0.0)
    assert pairs.reserve("a", "bulk", 6.0, returning=True) == 6.0
    assert pairs.reserve("a", "bulk", 12.0, returning=True) == 12.0


def test_after_a_take_over_there_is_no_burst_until_a_bucket_is_full():
    pairs = PairPace(no_burst_until=FULL_SECONDS)
    assert [pairs.reserve("a", "bulk", 0.0), pairs.reserve("a", "bulk", 0.0)] == [0.0, 6.0]
    assert [pairs.reserve("b", "bulk", FULL_SECONDS) for _ in range(2)] == [FULL_SECONDS] * 2


def test_a_blocked_recipient_waits_and_then_gets_no_burst():
    pairs = PairPace()
    pairs.block("a", 16.0)
    assert pairs.reserve("a", "bulk", 0.0) == 16.0
    assert pairs.reserve("a", "bulk", 16.0, returning=True) == 16.0
    assert pairs.reserve("a", "bulk", 16.0, returning=True) == 22.0


def test_what_does_not_fit_into_the_bucket_is_put_off_behind_what_waits_in_memory():
    pairs = PairPace()
    assert pairs.room("a", 0.0) == BURST
    pairs.reserve("a", "bulk", 0.0)
    assert pairs.room("a", 0.0) == BURST - 1
    assert [pairs.put_off("a", "bulk", 0.0, behind=BURST - 1) for _ in range(2)] == [6.0, 12.0]


def test_without_burst_there_is_room_for_one():
    pairs = PairPace(no_burst_until=FULL_SECONDS)
    assert pairs.room("a", 0.0) == BURST
    pairs.reserve("a", "bulk", 0.0)
    assert pairs.room("a", 0.0) == 0
    assert [pairs.put_off("a", "bulk", 0.0, behind=0) for _ in range(2)] == [6.0, 12.0]


def test_recipients_with_a_full_bucket_are_forgotten():
    pairs = PairPace()
    for recipient in range(10_000):
        pairs.reserve(f"{recipient}", "bulk", recipient * 0.1)
    assert len(pairs) < 5_000


@given(gaps=st.lists(st.floats(0, 20), min_size=1, max_size=200))
@settings(deadline=None)
def test_whatever_comes_no_pair_gets_more_than_its_bucket(gaps):
    pairs, now, sent = PairPace(), 0.0, []
    for gap in gaps:
        now += gap
        turn = pairs.reserve("a", "bulk", now)
        sent.append(turn if turn - now <= NEAR_SECONDS else None)
    went = sorted(at for at in sent if at is not None)
    for first in range(len(went)):
        for last in range(first, len(went)):
            most = BURST + (went[last] - went[first]) / INTERVAL_SECONDS
            assert last - first + 1 <= most + 1e-6
