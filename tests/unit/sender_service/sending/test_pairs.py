from hypothesis import given
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


def test_a_recipient_is_free_while_the_bucket_has_a_place_and_nothing_is_put_off():
    pairs = PairPace(no_burst_until=100.0)
    assert pairs.is_free("a", "bulk", 0.0)
    pairs.reserve("a", "bulk", 0.0)
    assert not pairs.is_free("a", "bulk", 5.9)
    assert pairs.is_free("a", "bulk", 6.0)
    pairs.put_off("a", "bulk", 6.0, behind=2)
    assert not pairs.is_free("a", "bulk", 6.0)
    assert pairs.is_free("a", "priority", 6.0)


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


def test_a_place_exactly_two_seconds_ahead_is_taken_and_one_further_is_not():
    for now, taken in ((4.0, True), (3.999, False)):
        pairs = PairPace(no_burst_until=1000.0)
        pairs.reserve("a", "bulk", 0.0)
        assert pairs.reserve("a", "bulk", now) == 6.0
        assert pairs.reserve("a", "bulk", 6.0, returning=True) == (12.0 if taken else 6.0)


def test_the_lanes_are_put_off_each_for_itself():
    pairs = PairPace(no_burst_until=1000.0)
    pairs.reserve("a", "bulk", 0.0)
    assert [pairs.reserve("a", "bulk", 0.0) for _ in range(2)] == [6.0, 12.0]
    assert [pairs.reserve("a", "priority", 0.0) for _ in range(2)] == [6.0, 12.0]
    assert pairs.put_off("a", "bulk", 0.0, behind=0) == 18.0
    assert pairs.put_off("a", "priority", 0.0, behind=0) == 18.0


def test_a_message_that_returns_early_asks_for_nothing_new():
    pairs = PairPace(no_burst_until=1000.0)
    pairs.reserve("a", "bulk", 0.0)
    assert pairs.reserve("a", "bulk", 0.0) == 6.0
    assert [pairs.reserve("a", "bulk", 1.0, returning=True) for _ in range(3)] == [6.0] * 3
    assert pairs.reserve("a", "bulk", 1.0) == 12.0


def test_the_burst_begins_exactly_when_a_full_bucket_has_come_back():
    pairs = PairPace(no_burst_until=10.0)
    assert [pairs.reserve("a", "bulk", 9.999) for _ in range(2)] == [9.999, 15.999]
    assert [pairs.reserve("b", "bulk", 10.0) for _ in range(2)] == [10.0, 10.0]


def test_room_is_counted_in_whole_messages():
    pairs = PairPace()
    for _ in range(3):
        pairs.reserve("a", "bulk", 0.0)
    assert [pairs.room("a", now) for now in (0.0, 5.999, 6.0, 17.999, 18.0)] == [42, 42, 43, 44, 45]
    for _ in range(BURST):
        pairs.reserve("a", "bulk", 0.0)
    assert pairs.room("a", 0.0) == 0


def test_what_is_put_off_waits_behind_everything_in_memory():
    pairs = PairPace(no_burst_until=1000.0)
    assert pairs.put_off("a", "bulk", 100.0, behind=2) == 112.0
    assert pairs.put_off("a", "bulk", 100.0, behind=0) == 118.0
    assert pairs.put_off("b", "bulk", 100.0, behind=0) == 100.0


def test_with_a_burst_to_lend_nothing_is_put_off_into_the_past():
    pairs = PairPace()
    assert pairs.put_off("a", "bulk", 100.0, behind=0) == 100.0
    assert pairs.put_off("a", "bulk", 100.0, behind=BURST) == 106.0


def test_a_block_never_shortens_what_waits_already():
    pairs = PairPace()
    pairs.block("a", 100.0)
    pairs.block("a", 50.0)
    assert pairs.reserve("a", "bulk", 0.0) == 100.0


def test_only_full_buckets_are_forgotten():
    pairs = PairPace()
    pairs.block("busy", 1e9)
    for _ in range(BURST + 5):
        pairs.reserve("put off", "bulk", 0.0)
        pairs.reserve("put off first", "priority", 0.0)
    for place in range(4095):
        pairs.reserve(f"{place}", "bulk", 0.0)
    before = len(pairs)
    for _ in range(4096):
        pairs.reserve("another", "bulk", 290.0)
    assert before > 4_000
    assert len(pairs) == 4
