from datetime import UTC, datetime, timedelta

from sender_service.sending.caps import Caps

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def test_without_caps_nothing_waits():
    caps = Caps(NOON, used_hour=10**9, used_day=10**9)
    assert caps.wait(NOON, per_hour=None, per_day=None) == 0.0


def test_a_full_hour_waits_for_the_next_one():
    caps = Caps(NOON, used_hour=0, used_day=0)
    for _ in range(3):
        assert caps.wait(NOON, per_hour=3, per_day=None) == 0.0
        caps.count(NOON)
    assert caps.wait(NOON, per_hour=3, per_day=None) == 1800.0
    assert caps.wait(NOON + timedelta(minutes=30), per_hour=3, per_day=None) == 0.0


def test_a_full_day_waits_for_midnight_whatever_the_hour_allows():
    caps = Caps(NOON, used_hour=0, used_day=5)
    assert caps.wait(NOON, per_hour=100, per_day=5) == 11.5 * 3600
    assert caps.wait(NOON + timedelta(hours=11.5), per_hour=100, per_day=5) == 0.0


def test_what_was_counted_before_the_take_over_counts():
    caps = Caps(NOON, used_hour=2, used_day=2)
    caps.count(NOON)
    assert caps.wait(NOON, per_hour=3, per_day=None) > 0
    assert caps.wait(NOON, per_hour=4, per_day=None) == 0.0


def test_a_new_hour_of_the_same_day_forgets_the_hour_and_keeps_the_day():
    caps = Caps(NOON, used_hour=3, used_day=3)
    later = NOON + timedelta(hours=1)
    caps.count(later)
    assert caps.wait(later, per_hour=2, per_day=None) == 0.0
    assert caps.wait(later, per_hour=None, per_day=4) > 0
