"""The arithmetic behind the tables: what a reader of a row has to be able to rely on."""

import pytest

from deploy.bench.figures import Result, Rounds, per_thousand, percentile, warnings_against
from deploy.bench.options import NAMES, SHORT, Options
from deploy.bench.scenarios import SCENARIOS


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_a_value_that_occurred(share: float, expected: int) -> None:
    assert percentile(list(range(1, 101)), share) == expected


def test_the_percentile_of_nothing_is_zero() -> None:
    assert percentile([], 0.5) == 0


def test_the_ratio_is_the_median_of_pairs_so_that_a_slow_minute_hits_both() -> None:
    rounds = Rounds(ours=[50, 500, 60], ceiling=[100, 1000, 100])

    assert rounds.ratio == 0.5
    assert (rounds.value, rounds.bound) == (60, 100)
    assert "3 rounds" in rounds.spread()


def test_cpu_is_told_per_thousand_messages() -> None:
    assert per_thousand({"services": 2.0}, 4000) == {"services": 0.5}


def test_a_result_has_every_field_a_reader_of_the_file_expects() -> None:
    written = Result("inbound", 1234.56789, "messages/s", 2000.0, 0.617283).as_json()

    assert {"scenario", "value", "unit", "ceiling", "ratio", "p50_ms", "p99_ms", "notes"} <= set(written)
    assert (written["value"], written["ratio"]) == (1234.568, 0.617)


def test_a_ratio_that_fell_is_told_and_one_that_wavered_is_not() -> None:
    committed = [{"scenario": "inbound", "ratio": 0.5}, {"scenario": "statuses", "ratio": 0.5}]
    fresh: list[dict[str, object]] = [
        {"scenario": "inbound", "ratio": 0.4},
        {"scenario": "statuses", "ratio": 0.47},
        {"scenario": "new"},
    ]

    assert warnings_against(committed, fresh) == ["inbound: ratio 0.40, was 0.50"]


def test_the_scenarios_stand_in_the_fixed_order() -> None:
    assert tuple(SCENARIOS) == NAMES


def test_the_short_form_is_estimated_under_two_minutes() -> None:
    assert Options(quick=True, only=SHORT).estimate() <= 120
