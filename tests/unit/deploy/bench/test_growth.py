"""What the row of `growth` says about its rounds."""

import pytest

from deploy.bench.scenarios.growth import LARGE, STORIES, Cost, Pair, Turn, judged


def turn(cpu: float, *, upkeep: float = 0.0, first: float = 9.0) -> Turn:
    return Turn({story: Cost(first, 1) for story in STORIES}, {story: Cost(cpu, 1000) for story in STORIES}, upkeep)


def test_growth_is_the_median_of_rounds_and_one_bad_round_does_not_make_it() -> None:
    rounds = [Pair(turn(1.0), turn(1.1)), Pair(turn(1.0), turn(3.0)), Pair(turn(2.0), turn(2.2))]

    row = judged(rounds, LARGE, 1.0)

    assert row.value == pytest.approx(1.1)
    assert row.held


def test_the_worst_story_is_the_value() -> None:
    large = turn(1.0)
    large = large._replace(warm={**large.warm, "send": Cost(1.2, 1000)})

    row = judged([Pair(turn(1.0), large)], LARGE, 1.0)

    assert row.value == pytest.approx(1.2)
    assert not row.held


def test_upkeep_belongs_to_the_cost_of_both_sizes() -> None:
    row = judged([Pair(turn(1.0, upkeep=1.0), turn(1.0, upkeep=2.0))], LARGE, 1.0)

    assert row.value == pytest.approx(1.5)


def test_the_first_messages_after_a_checkpoint_are_told_and_do_not_count() -> None:
    row = judged([Pair(turn(1.0, first=1.0), turn(1.0, first=5.0))], LARGE, 1.0)

    assert row.value == pytest.approx(1.0)
    assert "5.0" in str(row.details["after"])


def test_fewer_rows_than_the_goal_names_prove_nothing() -> None:
    assert judged([Pair(turn(1.0), turn(1.0))], LARGE - 1, 1.0).held is None
