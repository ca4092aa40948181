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
