import pytest

from deploy.chaos.rates import left_within, too_fast, worst_second


def test_evenly_spaced_sends_fill_a_second_and_no_more() -> None:
    assert worst_second(index / 80 for index in range(1000)) == 80


def test_a_hiccup_that_bunches_sends_is_seen_wherever_it_falls() -> None:
    moments = [index / 10 for index in range(100)] + [5.55] * 7
    assert worst_second(moments) == 17


def test_nothing_sent_is_nothing_too_fast() -> None:
    assert worst_second([]) == 0
    assert too_fast([], 81, "at the first byte") == []


def test_each_number_is_judged_for_itself() -> None:
    entries = [(number, index / 40) for number in ("1", "2") for index in range(80)]
    assert too_fast(entries, 40, "in the ledger") == []
    [finding] = too_fast([*entries, ("2", 1.01)], 40, "in the ledger")
    assert finding == "number 2 sent 41 in one second in the ledger, 40 are allowed"


def test_what_was_jammed_on_its_way_left_in_more_than_a_second() -> None:
    jammed = [(max(left, 1.0), left) for left in (0.9 + index / 80 for index in range(160))]
    assert worst_second(arrived for arrived, _ in jammed) == 88
    assert left_within(jammed) == pytest.approx(87 / 80)
    assert left_within([(left, left) for _, left in jammed]) == pytest.approx(79 / 80)


def test_of_what_nobody_noted_nothing_is_told() -> None:
    assert left_within([]) == left_within([(1.0, None), (1.1, None)]) == 0.0
    assert left_within([(1.0, 0.9), (1.1, None), (1.2, 1.15)]) == pytest.approx(0.25)
