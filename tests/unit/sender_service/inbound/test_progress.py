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


def failed(attempt: int, second: int | None = 0, code: int | None = 131026, message: str | None = "no") -> Report:
    at = None if second is None else NOW.replace(second=second)
    return Report(attempt, "failed", at, code, message, "wamid.1")


def test_a_failure_keeps_its_time_code_and_words():
    told = Standing(1, "failed", NOW.replace(second=7), 131026, "no")
    assert stand(Standing(1, "sent"), [failed(1, 7)]) == told
    assert stand(Standing(0, "queued"), [failed(1, 7)]) == told
    assert stand(Standing(1, "unknown"), [failed(1, 7)]) == told


def test_a_row_that_failed_is_told_as_the_later_failure():
    before = Standing(1, "failed", NOW.replace(second=5), 131049, "before")
    assert stand(before, [failed(1, 4)]) == before
    assert stand(before, [failed(1, 6)]) == Standing(1, "failed", NOW.replace(second=6), 131026, "no")
    assert stand(before, [failed(1, 5, 131050)]).error_code == 131050
    assert stand(before, [failed(1, 5, 131048)]).error_code == 131049
    assert stand(before, [failed(1, 5, None)]) == before
    assert stand(before, [failed(1, 5, 131049, "again")]) == before


def test_a_failure_with_a_time_comes_before_one_without():
    timeless = Standing(1, "failed", None, 131049, "before")
    assert stand(timeless, [failed(1, 4)]).error_message == "no"
    assert stand(timeless, [failed(1, None)]).error_message == "no"
    timed = Standing(1, "failed", NOW, 131049, "before")
    assert stand(timed, [failed(1, None)]) == timed


def test_a_code_counts_more_than_none_at_the_same_second():
    codeless = Standing(1, "failed", NOW, None, "before")
    assert stand(codeless, [failed(1, 0, 1)]).error_code == 1
    assert stand(codeless, [failed(1, 0, None)]) == codeless


@pytest.mark.parametrize(
    ("before", "reported", "after"),
    [
        (Standing(1, "sent"), [report(1, "unknown")], (1, "sent")),
        (Standing(1, "queued"), [report(1, "unknown")], (1, "queued")),
        (Standing(0, "queued"), [report(1, "unknown"), report(1, "delivered")], (1, "delivered")),
        (Standing(0, "queued"), [report(1, "unknown")], (1, "unknown")),
        (Standing(1, "delivered"), [report(1, "delivered")], (1, "delivered")),
        (Standing(1, "played"), [report(1, "read")], (1, "played")),
        (Standing(1, "sent"), [report(1, "delivered"), report(1, "sent")], (1, "delivered")),
        (Standing(1, "delivered"), [], (1, "delivered")),
        (Standing(3, "queued"), [report(1, "sent"), report(2, "read")], (2, "read")),
        (Standing(3, "queued"), [report(1, "failed"), report(2, "failed")], (3, "queued")),
        (Standing(2, "read"), [report(2, "sent"), report(1, "read")], (2, "sent")),
        (Standing(2, "read"), [report(1, "sent")], (2, "read")),
        (Standing(1, "read"), [report(2, "sent")], (2, "sent")),
        (Standing(1, "failed"), [report(2, "sent")], (2, "sent")),
        (Standing(2, "failed"), [report(2, "sent")], (2, "failed")),
    ],
)
def test_the_furthest_step_of_the_latest_attempt_that_went_out_is_told(before, reported, after):
    standing = stand(before, reported)
    assert (standing.attempt, standing.status) == after
    assert standing.status == "failed" or (standing.failed_at, standing.error_code, standing.error_message) == (
        None,
        None,
        None,
    )
