"""The tables of the proof are made from the files of the runs, never by hand."""

from deploy.stand.markdown import COUNTS, cell, costs, regimes, sums, table


def test_a_row_keeps_the_order_of_its_columns() -> None:
    assert table([{"a": 1, "b": True}], ("b", "a")).splitlines()[-1] == "| yes | 1 |"


def test_values_are_written_for_people() -> None:
    assert [cell(None), cell(False), cell(1234.5), cell(0.333), cell(12000)] == [
        "-",
        "**no**",
        "1,234",
        "0.33",
        "12,000",
    ]


def test_a_bar_in_a_note_cannot_break_the_table() -> None:
    assert cell("a|b") == "a/b"


def test_costs_name_every_group() -> None:
    row = {"scenario": "inbound", "notes": "n", "cpu_s_per_1000": {"services": 0.2}, "peak_memory_mib": {}}

    assert costs([row]) == "- `inbound`: n. CPU s per 1,000: services 0.2; peak MiB: -"


def test_fault_runs_on_other_neighbours_stand_in_a_table_of_their_own() -> None:
    row = {"regime": "poison", "is_clean": True, "seed": 7}

    text = regimes([row | {"neighbours": "RabbitMQ 3.10"}, row | {"neighbours": "RabbitMQ 4.0", "seeds": [7, 8]}])

    assert text.index("RabbitMQ 3.10:") < text.index("| yes | 7 |") < text.index("RabbitMQ 4.0:")
    assert text.endswith("| yes | 7 8 |")


def test_a_skipped_regime_says_why_instead_of_no() -> None:
    assert "| no root | 1 |" in regimes([{"regime": "disk", "is_clean": False, "skipped": "no root", "seed": 1}])


def test_the_sums_of_a_regime_tell_every_fault_and_what_was_late_or_not_clean() -> None:
    none: dict[str, object] = dict.fromkeys(COUNTS, 0) | {"regime": "kill9_api", "recovery_goal_s": 3}
    quick = none | {"faults": 2, "lost": 1, "recoveries": [1.0, 2.0], "is_clean": True}
    late = none | {"faults": 2, "recoveries": [5.0], "is_clean": False}
    skipped = none | {"faults": 9, "skipped": "no root"}

    [heads, _, row] = [line.split(" | ") for line in sums([quick, late, skipped]).splitlines()]
    told = dict(zip(heads, row, strict=True))
    assert (told["faults"], told["lost"], told["recovery median s"]) == ("4", "1", "2.00")
    assert (told["within goal"], row[-1]) == ("2 of 4", "1 of 2 |")


def test_a_regime_without_a_goal_has_none_to_keep() -> None:
    none: dict[str, object] = dict.fromkeys(COUNTS, 0)
    row = none | {"regime": "poison", "recovery_goal_s": None, "recoveries": [], "is_clean": True}
    assert sums([row]).endswith("| - | - | - | 1 of 1 |")
