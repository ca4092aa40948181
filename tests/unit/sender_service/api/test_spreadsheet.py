import pytest

from sender_service.api.problems import Problem
from sender_service.api.spreadsheet import columns_of, rows

EXPECTED = [{"to": "+39333", "1": "Ada, of Turin"}, {"to": "+39334", "1": "Bo"}]


@pytest.mark.parametrize(
    "text",
    [
        'to,1\n+39333,"Ada, of Turin"\n+39334,Bo\n',
        'to,1\r\n+39333,"Ada, of Turin"\r\n+39334,Bo\r\n',
        'to,1\r+39333,"Ada, of Turin"\r+39334,Bo\r',
        "to;1\r\n+39333;Ada, of Turin\r\n+39334;Bo",
        '\nto;1\n+39333;"Ada, of Turin"\n\n+39334;Bo\n',
    ],
)
def test_rows_are_read_as_any_spreadsheet_writes_them(text):
    assert list(rows(text)) == EXPECTED


def test_a_cell_may_have_lines_of_its_own():
    assert list(rows('to,1\n+39333,"Ada\r\nBo"\n')) == [{"to": "+39333", "1": "Ada\nBo"}]


def test_a_cell_without_an_end_is_refused():
    with pytest.raises(Problem) as refused:
        list(rows("to,1\n+39333," + "a" * 200_000))
    assert refused.value.code == "BAD_REQUEST"


@pytest.mark.parametrize("line", ["to\r+39333", "a" * 200_000])
def test_a_first_line_that_names_no_columns_is_refused(line):
    with pytest.raises(Problem) as refused:
        columns_of(line)
    assert refused.value.code == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("line", "names", "delimiter"),
    [("to, 1", ["to", "1"], ","), ("to;1;2", ["to", "1", "2"], ";"), ("to", ["to"], ","), ("", [], ",")],
)
def test_the_first_line_says_what_stands_between_cells(line, names, delimiter):
    assert columns_of(line) == (names, delimiter)
