"""CSV as spreadsheets write it: with commas or, where the comma is a decimal point, with semicolons; any line ends."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from sender_service.api.problems import Problem


def delimiter_of(first_line: str) -> str:
    """What stands between the names of the columns."""
    return ";" if first_line.count(";") > first_line.count(",") else ","


def cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line. Raise `csv.Error` for what is none."""
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def columns_of(line: str) -> tuple[list[str], str]:
    """The names of the columns and what stands between them."""
    delimiter = delimiter_of(line)
    try:
        return cells(line, delimiter), delimiter
    except csv.Error as error:
        raise _unreadable(error) from None


def rows(text: str) -> Iterator[dict[str | None, Any]]:
    """The rows beneath the header, by the names of the columns."""
    text = text.lstrip()
    delimiter = delimiter_of(next(iter(text.splitlines()), ""))
    reader = csv.DictReader(StringIO(text, newline=None), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as error:
        raise _unreadable(error) from None


def _unreadable(error: csv.Error) -> Problem:
    return Problem("BAD_REQUEST", f"the body is not CSV: {error}")
