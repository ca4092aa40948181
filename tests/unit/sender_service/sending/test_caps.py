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


def test_the_day_is_told_before_the_hour():
    caps = Caps(NOON, used_hour=5, used_day=5)
    assert caps.wait(NOON, per_hour=5, per_day=5) == 11.5 * 3600
    assert caps.wait(NOON, per_hour=5, per_day=6) == 1800.0


def test_a_cap_of_nothing_lets_nothing_through():
    caps = Caps(NOON, used_hour=0, used_day=0)
    assert caps.wait(NOON, per_hour=0, per_day=None) == 1800.0
    assert caps.wait(NOON, per_hour=None, per_day=0) == 11.5 * 3600


def test_what_is_counted_after_midnight_belongs_to_the_new_day():
    caps = Caps(NOON, used_hour=9, used_day=9)
    tomorrow = NOON + timedelta(days=1)
    caps.count(tomorrow)
    caps.count(tomorrow)
    assert caps.wait(tomorrow, per_hour=3, per_day=3) == 0.0
    assert caps.wait(tomorrow, per_hour=2, per_day=None) == 1800.0
    assert caps.wait(tomorrow, per_hour=None, per_day=2) == 11.5 * 3600


def test_every_message_counts_for_the_hour_and_for_the_day():
    caps = Caps(NOON, used_hour=1, used_day=10)
    caps.count(NOON)
    caps.count(NOON)
    assert caps.wait(NOON, per_hour=4, per_day=13) == 0.0
    assert caps.wait(NOON, per_hour=3, per_day=13) > 0.0
    assert caps.wait(NOON, per_hour=4, per_day=12) > 0.0


def test_an_hour_lasts_an_hour():
    start = NOON.replace(minute=0)
    caps = Caps(start, used_hour=0, used_day=0)
    for minute in (0, 10, 59):
        caps.count(start.replace(minute=minute))
    assert caps.wait(start.replace(minute=59), per_hour=3, per_day=None) == 60.0
    assert caps.wait(start + timedelta(hours=1), per_hour=1, per_day=None) == 0.0
