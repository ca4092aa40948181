"""Where a message of ours stands, from everything reported about its attempts, in whatever order the reports come.

Within an attempt `failed` wins, else the furthest step. The message follows its latest attempt, except that any
attempt's sent, delivered, read or played beats everything that is not one of them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

# Steps of a message that went out; everything else is a state of ours or a status nobody has heard of yet.
STEPS: Final = {"sent": 1, "delivered": 2, "read": 3, "played": 4}
FAILED: Final = "failed"
_SETTLED: Final = frozenset({FAILED, "unknown"})


class Report(NamedTuple):
    attempt: int
    status: str
    at: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None
    wamid: str | None = None


class Standing(NamedTuple):
    """The state of a message; the error belongs to the attempt that failed."""

    attempt: int
    status: str
    failed_at: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None


def stand(current: Standing, reports: Iterable[Report]) -> Standing:
    """The state after these reports, given the state before; of a message tried more than once, all its reports."""
    attempts: dict[int, Standing] = {}
    for report in reports:
        if report.status in STEPS or report.status in _SETTLED:
            attempts[report.attempt] = _within(attempts.get(report.attempt), report)
    # The row may show an earlier attempt's success under the number of the latest: facts about that one come first.
    if current.attempt <= 1 or current.status not in STEPS or current.attempt not in attempts:
        attempts[current.attempt] = _joined(current, attempts.get(current.attempt))
    went_out = [attempt for attempt, state in attempts.items() if state.status in STEPS]
    return attempts[max(went_out or attempts)]


def _within(before: Standing | None, report: Report) -> Standing:
    """The state of one attempt after one more report about it."""
    if report.status == FAILED:
        if before is None or before.status != FAILED or _later(report, before):
            return Standing(report.attempt, FAILED, report.at, report.error_code, report.error_message)
        return before
    if before is None:
        return Standing(report.attempt, report.status)
    if before.status == FAILED or STEPS.get(report.status, 0) <= STEPS.get(before.status, 0):
        return before
    return Standing(report.attempt, report.status)


def _joined(current: Standing, reported: Standing | None) -> Standing:
    """The state of the row's own attempt: what the row says and what was reported."""
    if reported is None:
        return current
    if reported.status == FAILED:
        report = Report(current.attempt, FAILED, reported.failed_at, reported.error_code, reported.error_message)
        return _within(current, report)
    return _within(current, Report(current.attempt, reported.status))


def _later(report: Report, before: Standing) -> bool:
    """Of several failures the last by Meta's time is told; at the same second the greater code."""
    if before.failed_at is None or report.at is None:
        return before.failed_at is None
    return (report.at, report.error_code or 0) > (before.failed_at, before.error_code or 0)
