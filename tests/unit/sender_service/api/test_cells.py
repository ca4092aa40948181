"""What a customer wrote is text in every spreadsheet."""

from datetime import UTC, datetime

import pytest

from sender_service.api.handlers.export import cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+39",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "  @x",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
    ],
)
def test_what_begins_like_a_formula_is_quoted(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a=1", "1-2", "'=1", " a", "", "ciao @ada", "\u2212"])
def test_everything_else_stays_as_it_was(text):
    assert cell(text) == text


def test_nothing_is_empty_and_a_moment_is_written_out():
    assert cell(None) == ""
    assert cell(17) == "17"
    assert cell(datetime(2026, 11, 21, tzinfo=UTC)) == "2026-11-21T00:00:00+00:00"
