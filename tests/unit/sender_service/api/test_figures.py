from datetime import UTC, datetime

import pytest

from sender_service.api.figures import groups, percentile, total
from sender_service.store.statistics import Count


def count(measure: str, number: int, value: str = "", template: str | None = None) -> Count:
    return Count(None, None, template, None, measure, value, number)


@pytest.mark.parametrize(
    ("buckets", "share", "bound"),
    [
        ({}, 0.5, None),
        ({1.0: 10}, 0.5, 1.0),
        ({1.0: 50, 2.0: 50}, 0.5, 1.0),
        ({1.0: 49, 2.0: 51}, 0.5, 2.0),
        ({0.1: 99, 60.0: 1}, 0.99, 0.1),
        ({0.1: 98, 60.0: 2}, 0.99, 60.0),
    ],
)
def test_a_percentile_is_the_bound_of_its_bucket(buckets, share, bound):
    assert percentile(buckets, share) == bound


def test_a_value_beyond_the_last_bucket_is_not_known():
    [row] = groups([count("delivery_seconds", 3, "Infinity")])
    assert row["delivery_seconds"] == {"p50": None, "p95": None, "p99": None}


def test_rates_of_nothing_are_unknown():
    [row] = groups([count("received", 3)])
    assert (row["delivery_rate"], row["read_rate"], row["received"]) == (None, None, 3)


def test_the_total_adds_what_groups_tell_apart():
    counts = [count("sent", 2, template="a"), count("sent", 3, template="b"), count("error", 1, "131026", template="a")]
    assert [row["sent"] for row in groups(counts)] == [2, 3]
    assert total(counts)["sent"] == 5
    assert total(counts)["failed_by_code"] == {"131026": 1}


DAY = datetime(2026, 11, 20, tzinfo=UTC)
EVERYTHING = [
    Count(DAY, "106", "hello", 7, measure, value, number)
    for measure, value, number in [
        ("received", "", 1),
        ("messages", "", 30),
        ("sent", "", 24),
        ("delivered", "", 18),
        ("read", "", 9),
        ("failed", "", 3),
        ("unknown", "", 2),
        ("error", "131049", 1),
        ("error", "131026", 2),
        ("category", "marketing", 5),
        ("category", "auth", 4),
        ("sending_seconds", "0.5", 50),
        ("sending_seconds", "1.0", 44),
        ("sending_seconds", "5.0", 4),
        ("sending_seconds", "60.0", 2),
        ("delivery_seconds", "2.0", 1),
    ]
]


def test_a_group_shows_everything_that_was_counted():
    [row] = groups(EVERYTHING)
    assert row == {
        "period": DAY,
        "phone_number_id": "106",
        "template": "hello",
        "campaign_id": 7,
        "received": 1,
        "messages": 30,
        "sent": 24,
        "delivered": 18,
        "read": 9,
        "failed": 3,
        "unknown": 2,
        "failed_by_code": {"131026": 2, "131049": 1},
        "categories": {"auth": 4, "marketing": 5},
        "delivery_rate": 0.75,
        "read_rate": 0.5,
        "sending_seconds": {"p50": 0.5, "p95": 5.0, "p99": 60.0},
        "delivery_seconds": {"p50": 2.0, "p95": 2.0, "p99": 2.0},
    }
    assert list(row["failed_by_code"]) == ["131026", "131049"]
    assert list(row["categories"]) == ["auth", "marketing"]


def test_all_groups_together_are_named_by_nothing():
    row = total([*EVERYTHING, *EVERYTHING])
    assert (row["period"], row["phone_number_id"], row["template"], row["campaign_id"]) == (None, None, None, None)
    assert (row["messages"], row["sending_seconds"]) == (60, {"p50": 0.5, "p95": 5.0, "p99": 60.0})


def test_what_belongs_to_no_template_and_no_campaign_says_so():
    [row] = groups([Count(DAY, "106", "", 0, "sent", "", 1)])
    assert (row["template"], row["campaign_id"]) == (None, None)


def test_groups_come_in_the_order_of_their_counts():
    rows = groups([count("sent", 1, template="b"), count("sent", 1, template="a"), count("read", 1, template="b")])
    assert [(row["template"], row["sent"], row["read"]) for row in rows] == [("b", 1, 1), ("a", 1, 0)]


def test_rates_have_four_digits():
    [row] = groups([count("sent", 3), count("delivered", 2), count("read", 1)])
    assert (row["delivery_rate"], row["read_rate"]) == (0.6667, 0.5)


def test_buckets_count_in_the_order_of_their_bounds():
    assert percentile({10.0: 1, 2.0: 1, 1.0: 1}, 0.5) == 2.0


def test_ninety_nine_of_a_hundred_are_not_ninety_eight():
    [row] = groups([count("sending_seconds", 985, "1.0"), count("sending_seconds", 15, "9.0")])
    assert row["sending_seconds"] == {"p50": 1.0, "p95": 1.0, "p99": 9.0}
