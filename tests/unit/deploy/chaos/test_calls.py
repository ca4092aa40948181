"""The longest call is found in the log of its own regime, and one that outlives twice its limit is told."""

from datetime import UTC, datetime
from pathlib import Path

import orjson

from deploy.chaos.calls import longest, longest_in, overdue

BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)


def line(seconds: float, at: str = "2026-11-21T12:00:01.5Z", event: str = "message.send_attempted") -> bytes:
    return orjson.dumps({"event": event, "seconds": seconds, "timestamp": at})


def test_the_longest_of_this_regime_counts() -> None:
    lines = [line(0.2), line(4.5), line(99, at="2026-11-21T11:59:59Z"), line(80, event="webhooks.recorded")]

    assert longest(lines, BEGAN) == 4.5


def test_a_line_cut_by_a_kill_tells_nothing() -> None:
    assert longest([line(0.2)[:-5], line(0.1)], BEGAN) == 0.1


def test_a_log_that_was_never_written_holds_no_call(tmp_path: Path) -> None:
    assert longest_in(tmp_path / "worker-2.log", BEGAN) == 0


def test_a_call_that_outlives_twice_its_limit_is_a_finding() -> None:
    assert overdue(59.9) == []
    assert overdue(60.1) == ["a call to Meta took 60.1 s, its limit is 30"]
