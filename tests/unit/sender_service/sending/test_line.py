from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sender_service.model import Queued
from sender_service.sending.line import Line
from sender_service.sending.pairs import BURST, PairPace


def message(message_id: int, recipient: str = "a", lane: str = "bulk", **changes: Any) -> Queued:
    plain = Queued(
        organization_id=1,
        message_id=message_id,
        phone_number_id="1",
        lane=lane,
        recipient=recipient,
        ordered=True,
        attempt=0,
        tries=0,
        last_code=None,
        due_at=None,
        expires_at=None,
        template_id=None,
        campaign_id=None,
        request={"body": {"type": "text"}},
    )
    return plain._replace(**changes)


def taken(line: Line, now: float = 0.0) -> list[int]:
    ids = []
    while (one := line.take(now)) is not None:
        ids.append(one.message_id)
    return ids


def first_of(line: Line) -> int | None:
    one = line.take(0.0)
    return one and one.message_id


def test_messages_go_in_the_order_of_acceptance():
    line = Line(PairPace())
    line.add([message(1, "a"), message(2, "b"), message(3, "c")])
    assert taken(line) == [1, 2, 3]


def test_the_priority_lane_goes_first_whenever_it_comes():
    line = Line(PairPace())
    line.add([message(1, "a"), message(2, "b")])
    assert first_of(line) == 1
    line.add([message(3, "c", "priority")])
    assert taken(line) == [3, 2]


def test_a_recipient_has_one_message_under_way_and_blocks_nobody_else():
    line = Line(PairPace())
    first = message(1)
    line.add([first, message(2), message(3), message(4, "b")])
    assert taken(line) == [1, 4]
    line.done(first)
    assert taken(line) == [2]


def test_the_lanes_of_one_recipient_do_not_wait_for_each_other():
    line = Line(PairPace())
    line.add([message(1), message(2, lane="priority")])
    assert taken(line) == [2, 1]


def test_unordered_messages_wait_for_nobody():
    line = Line(PairPace())
    line.add([message(1), message(2, ordered=False), message(3)])
    assert taken(line) == [1, 2]


def resend(message_id: int, **changes: Any) -> Queued:
    return message(message_id, ordered=False, attempt=1, **changes)


def mark_read(message_id: int) -> Queued:
    return message(message_id, ordered=False, request={"body": {"status": "read"}})


def test_a_resend_takes_its_place_within_the_pair_limit():
    line = Line(PairPace())
    for message_id in range(1, BURST):
        line.add([message(message_id)])
        assert taken(line) == [message_id]
        line.done(message(message_id))
    line.add([resend(100), resend(101), message(102)])
    assert taken(line) == [100]
    assert [(one.message_id, turn) for one, turn in line.put_off] == [(101, 6.0), (102, 12.0)]


def test_a_resend_that_was_put_off_goes_at_its_turn():
    line = Line(PairPace(no_burst_until=100.0))
    line.add([message(1), resend(2)])
    assert taken(line) == [1]
    line.add([resend(2, due_at=datetime.now(UTC))])
    assert taken(line, 4.5) == []
    assert taken(line, 6.0) == [2]


def test_a_resend_near_its_turn_that_is_forgotten_lets_nobody_overtake_what_is_under_way():
    line = Line(PairPace(no_burst_until=100.0))
    first = message(1)
    line.add([first])
    assert taken(line) == [1]
    line.add([resend(2)])
    assert taken(line, 4.5) == []
    line.clear()
    assert len(line) == 1
    line.add([message(3)])
    assert taken(line, 30.0) == []
    line.done(first)
    assert taken(line, 30.0) == [3]


def test_marking_as_read_takes_no_place_and_waits_for_none():
    line = Line(PairPace(no_burst_until=100.0))
    line.add([mark_read(1), mark_read(2), message(3), mark_read(4)])
    assert taken(line) == [1, 2, 3, 4]


def test_a_message_that_is_in_memory_is_not_taken_in_again():
    line = Line(PairPace())
    line.add([message(1), message(1)])
    assert taken(line) == [1]
    line.add([message(1)])
    assert taken(line) == []
    line.done(message(1))
    line.add([message(1)])
    assert taken(line) == [1]


def test_who_must_wait_long_is_put_off_and_leaves_memory():
    line = Line(PairPace(no_burst_until=100.0))
    first = message(1)
    line.add([first, message(2), message(3)])
    assert taken(line) == [1]
    assert [(one.message_id, turn) for one, turn in line.put_off] == [(2, 6.0), (3, 12.0)]
    line.done(first)
    assert taken(line) == []
    assert len(line) == 0


def test_who_must_wait_shortly_stays_and_goes_at_its_turn():
    line = Line(PairPace(no_burst_until=100.0))
    first = message(1)
    line.add([first])
    assert taken(line) == [1]
    line.done(first)
    line.add([message(2)])
    assert taken(line, 4.5) == []
    assert line.next_turn() == 6.0
    assert taken(line, 5.9) == []
    assert taken(line, 6.0) == [2]
    assert line.next_turn() is None


def test_one_recipient_with_thousands_of_messages_does_not_fill_memory():
    line = Line(PairPace())
    line.add([message(n) for n in range(1, 1001)] + [message(5000, "b")])
    assert taken(line) == [1, 5000]
    assert len(line) == BURST + 1
    turns = [turn for _, turn in line.put_off]
    assert turns == sorted(turns)
    assert len(turns) == 1000 - BURST
    for message_id in range(1, BURST):
        line.done(message(message_id))
        assert taken(line) == [message_id + 1]


def test_clearing_forgets_what_waits_and_keeps_what_is_under_way():
    line = Line(PairPace())
    line.add([message(1), message(2), message(3, "b")])
    assert first_of(line) == 1
    line.clear()
    assert len(line) == 1
    line.add([message(1), message(2), message(3, "b")])
    assert taken(line) == [3]
    line.done(message(1))
    assert taken(line) == [2]


steps = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["priority", "bulk"]), st.booleans()), max_size=60)


@given(steps=steps)
def test_whatever_ends_when_order_holds_per_recipient_and_lane(steps):
    line = Line(PairPace())
    waiting: list[Queued] = []
    order: dict[tuple[str, str], list[int]] = {}

    def take_all():
        while (one := line.take(0.0)) is not None:
            waiting.append(one)
            order.setdefault(one.place, []).append(one.message_id)

    for place, (recipient, lane, ends) in enumerate(steps, 1):
        line.add([message(place, recipient, lane)])
        take_all()
        if ends and waiting:
            line.done(waiting.pop(0))
    while take_all() or waiting:
        line.done(waiting.pop(0))
    assert all(ids == sorted(ids) for ids in order.values())
    assert sum(len(ids) for ids in order.values()) + len(line.put_off) == len(steps)
    assert len(line) == 0


def test_what_is_in_memory_is_known_by_its_id_until_it_is_done():
    line = Line(PairPace())
    line.add([message(1), message(2), message(3, "b", "priority")])
    assert (1 in line, 4 in line) == (True, False)
    assert sorted(line.known()) == [1, 2, 3]
    assert [line.waiting("bulk"), line.waiting("priority")] == [2, 1]
    assert taken(line) == [3, 1]
    assert [line.waiting("bulk"), line.waiting("priority"), sorted(line.known())] == [0, 0, [1, 2, 3]]
    line.done(message(1))
    assert [line.waiting("bulk"), sorted(line.known())] == [1, [2, 3]]


def test_those_behind_come_back_in_their_order_before_everybody_else():
    line = Line(PairPace())
    line.add([message(1), message(2), message(3), message(4, "b")])
    assert first_of(line) == 1
    assert first_of(line) == 4
    line.add([message(5, "c")])
    line.done(message(1))
    assert first_of(line) == 2
    line.done(message(2))
    assert [first_of(line), first_of(line)] == [3, 5]


def test_messages_of_both_lanes_near_their_turn_go_at_it():
    line = Line(PairPace(no_burst_until=100.0))
    line.add([message(1, "a"), message(2, "b", "priority")])
    assert taken(line) == [2, 1]
    for one in (message(1, "a"), message(2, "b", "priority")):
        line.done(one)
    line.add([message(3, "a"), message(4, "b", "priority")])
    assert taken(line, 4.5) == []
    assert line.next_turn() == 6.0
    assert taken(line, 5.999) == []
    assert sorted(taken(line, 6.0)) == [3, 4]


def test_what_is_exactly_two_seconds_away_stays_and_what_is_further_is_put_off():
    for now, stays in ((4.0, True), (3.999, False)):
        line = Line(PairPace(no_burst_until=100.0))
        line.add([message(1)])
        assert taken(line) == [1]
        line.done(message(1))
        line.add([message(2)])
        assert taken(line, now) == []
        assert (2 in line, line.next_turn()) == (stays, 6.0 if stays else None)
        assert [(one.message_id, turn) for one, turn in line.put_off] == ([] if stays else [(2, 6.0)])


def test_the_one_near_its_turn_holds_back_those_of_its_recipient():
    line = Line(PairPace(no_burst_until=100.0))
    line.add([message(1)])
    assert taken(line) == [1]
    line.done(message(1))
    line.add([message(2)])
    assert taken(line, 4.5) == []
    line.add([message(3), message(4, "b")])
    assert taken(line, 4.5) == [4]
    assert taken(line, 6.0) == [2]


def test_clearing_lets_those_near_their_turn_be_read_again():
    line = Line(PairPace(no_burst_until=100.0))
    line.add([message(1)])
    assert taken(line) == [1]
    line.done(message(1))
    line.add([message(2)])
    assert taken(line, 4.5) == []
    line.clear()
    assert (len(line), line.next_turn()) == (0, None)
    line.add([message(2)._replace(due_at=datetime.now(UTC))])
    assert taken(line, 12.0) == [2]


def test_a_message_put_off_before_keeps_its_place_when_it_returns():
    line = Line(PairPace(no_burst_until=100.0))
    line.add([message(1), message(2), message(3)])
    assert taken(line) == [1]
    line.done(message(1))
    line.add([message(2, due_at=datetime.now(UTC))])
    assert taken(line, 6.0) == [2]


def test_who_waited_behind_another_goes_before_what_was_put_off_for_the_same_recipient():
    line = Line(PairPace())
    for number in range(1, BURST - 1):
        line.add([message(number)])
        assert taken(line) == [number]
        line.done(message(number))
    line.add([message(100), message(101), message(102), message(103)])
    assert taken(line) == [100]
    assert [one.message_id for one, _ in line.put_off] == [102, 103]
    line.done(message(100))
    assert taken(line) == [101]
    line.done(message(101))
    assert len(line) == 0


def test_a_resend_that_is_done_lets_nobody_of_its_recipient_go():
    line = Line(PairPace())
    line.add([message(1), resend(2), message(3)])
    assert taken(line) == [1, 2]
    line.done(resend(2))
    assert taken(line) == []
    line.done(message(1))
    assert taken(line) == [3]
