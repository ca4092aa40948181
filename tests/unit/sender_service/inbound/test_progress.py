"""The state of a message follows from what was reported, not from the order in which it was."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sender_service.inbound.progress import Report, Standing, stand

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def report(attempt: int, status: str, second: int = 0, code: int | None = None) -> Report:
    return Report(attempt, status, NOW.replace(second=second), code)


@pytest.mark.parametrize(
    ("before", "reported", "after"),
    [
        (Standing(0, "queued"), [report(1, "sent")], (1, "sent")),
        (Standing(1, "sent"), [report(1, "read")], (1, "read")),
        (Standing(1, "read"), [report(1, "delivered")], (1, "read")),
        (Standing(1, "read"), [report(1, "played")], (1, "played")),
        (Standing(1, "sent"), [report(1, "failed")], (1, "failed")),
        (Standing(1, "failed"), [report(1, "read")], (1, "failed")),
        (Standing(1, "unknown"), [report(1, "delivered")], (1, "delivered")),
        (Standing(1, "expired"), [report(1, "sent")], (1, "sent")),
        (Standing(1, "sent"), [report(1, "teleported")], (1, "sent")),
        (Standing(2, "sent"), [report(1, "failed")], (2, "sent")),
        (Standing(2, "unknown"), [report(1, "sent")], (1, "sent")),
        (Standing(2, "failed"), [report(2, "failed"), report(1, "delivered")], (1, "delivered")),
        (Standing(2, "sent"), [report(1, "read")], (2, "sent")),
        (Standing(2, "unknown"), [report(1, "failed")], (2, "unknown")),
        (Standing(2, "sent"), [report(2, "failed"), report(1, "sent"), report(1, "failed")], (2, "failed")),
    ],
)
def test_a_message_stands_where_its_reports_put_it(before, reported, after):
    standing = stand(before, reported)
    assert (standing.attempt, standing.status) == after


def test_of_several_failures_the_last_by_metas_time_is_told():
    failures = [report(1, "failed", 1, 131026), report(1, "failed", 2, 131049), report(1, "failed", 2, 131000)]
    for order in permutations(failures):
        assert stand(Standing(1, "sent"), order).error_code == 131049


reports = some.lists(
    some.builds(
        report,
        some.integers(1, 3),
        some.sampled_from(["sent", "delivered", "read", "played", "failed"]),
        some.integers(0, 3),
        some.sampled_from([131026, 131049]),
    ),
    max_size=8,
)


@given(reports, some.randoms())
def test_the_order_and_repetition_of_reports_do_not_matter(reported, chance):
    shuffled = reported + reported[: len(reported) // 2]
    chance.shuffle(shuffled)
    assert stand(Standing(0, "queued"), reported) == stand(Standing(0, "queued"), shuffled)
