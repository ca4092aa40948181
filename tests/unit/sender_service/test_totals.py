import pytest

from sender_service import totals
from sender_service.totals import Totals


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests put on by hand."""
    hands = [1_000.0]
    monkeypatch.setattr(totals, "monotonic", lambda: hands[0])
    return hands


def test_a_list_with_too_many_rows_is_remembered_for_ten_minutes(clock):
    known = Totals()
    assert known.note("list", 10_001) == 10_001
    assert known.is_over("list")
    clock[0] += 599.9
    assert known.is_over("list")
    clock[0] += 0.1
    assert not known.is_over("list")


def test_what_memory_told_is_not_remembered_anew(clock):
    known = Totals()
    known.note("list", 10_001)
    clock[0] += 500
    assert known.note("list", 10_001) == 10_001
    clock[0] += 100
    assert not known.is_over("list")


@pytest.mark.parametrize("count", [0, 1, 10_000])
def test_a_list_that_can_be_counted_is_not_remembered(clock, count):
    known = Totals()
    assert known.note("list", count) == count
    assert not known.is_over("list")
    assert known.over == {}


def test_nothing_is_known_of_a_list_nobody_counted(clock):
    clock[0] = 0.5
    assert not Totals().is_over("list")


def test_what_is_remembered_stays_bounded(clock):
    known = Totals()
    for number in range(10_000):
        known.note(number, 10_001)
    assert known.is_over(0)
    known.note("one more", 10_001)
    assert (known.is_over(0), known.is_over("one more"), len(known.over)) == (False, True, 1)


async def test_a_list_that_went_beyond_is_not_counted_again():
    known, asked = Totals(), []

    async def count():
        asked.append(1)
        return 10_001

    assert [await known.counted("list", count), await known.counted("list", count)] == [10_001, 10_001]
    assert len(asked) == 1
