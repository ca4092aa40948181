"""Several runs of one regime become one row that hides nothing."""

from pathlib import Path

import orjson
import pytest

from deploy.chaos.merge import main, merged
from deploy.chaos.outcome import Outcome, skipped


def run(seed: int, **changes: object) -> dict[str, object]:
    """A clean run of ten kills."""
    outcome = Outcome("kill9_worker", seed, 10, 100, 100, 200, 0, 0, 0, 0, 2.0, 1, 0, 0, 0, is_clean=True)
    outcome.recoveries = [1.0, 2.0]
    return outcome.as_json() | changes


def test_counts_are_summed_and_recoveries_taken_together() -> None:
    (row,) = merged([run(1), run(2, recoveries=[4.0])])

    assert (row["faults"], row["acknowledged"], row["held"]) == (20, 400, 2)
    assert (row["recovery_median_s"], row["recovery_s"]) == (2.0, 4.0)
    assert row["seeds"] == [1, 2]
    assert row["is_clean"]


@pytest.mark.parametrize("changes", [{"is_clean": False, "lost": 1}, {"is_clean": False, "error": "no start"}])
def test_one_bad_run_makes_the_row_bad(changes: dict[str, object]) -> None:
    (row,) = merged([run(1), run(2, **changes)])

    assert not row["is_clean"]
    assert row["lost"] == changes.get("lost", 0)
    assert row["error"] == changes.get("error", "")


def test_other_neighbours_are_another_row() -> None:
    rows = merged([run(1, neighbours="RabbitMQ 3.10"), run(1, neighbours="RabbitMQ 4.0")])

    assert [row["neighbours"] for row in rows] == ["RabbitMQ 3.10", "RabbitMQ 4.0"]


def test_a_skipped_run_counts_only_where_no_other_was() -> None:
    missing = skipped("kill9_worker", 3, "no root").as_json()

    assert [row["faults"] for row in merged([missing, run(1)])] == [10]
    assert [row["skipped"] for row in merged([missing])] == ["no root"]


def test_what_was_merged_may_be_merged_again(tmp_path: Path) -> None:
    first, second, into = tmp_path / "1.json", tmp_path / "2.json", tmp_path / "all.json"
    first.write_bytes(orjson.dumps([run(1)]))
    second.write_bytes(orjson.dumps([run(2)]))

    main([str(into), str(first), str(second)])
    main([str(into), str(into), str(second)])

    (row,) = orjson.loads(into.read_bytes())
    assert row["faults"] == 30
    assert row["seeds"] == [1, 2]
