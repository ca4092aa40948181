"""The tables of the proof are made from the files of the runs, never by hand."""

from deploy.stand.markdown import cell, costs, table


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
