"""Rows -> one array per column, as set-based statements take them."""

from collections.abc import Sequence
from types import NoneType
from typing import Any, NamedTuple

import orjson

_NOTHING = {NoneType}


def columns(rows: Sequence[tuple[Any, ...]], shape: type[NamedTuple]) -> Sequence[Sequence[Any] | None]:
    """The columns of rows of this shape; as many empty ones when there is no row.

    A column that says nothing is null: `unnest` of several arrays fills it up to the longest, and half of the columns
    of most batches need not be written element by element.
    """
    if not rows:
        return [[] for _ in shape._fields]
    return [_column(values) for values in zip(*rows, strict=True)]


def _column(values: Sequence[Any]) -> Sequence[Any] | None:
    """A list of JSON in a column would be taken for a second dimension of the array, and unnested with it."""
    kinds = set(map(type, values))
    if kinds == _NOTHING:
        return None
    if list not in kinds:
        return values
    return [orjson.Fragment(orjson.dumps(value)) if isinstance(value, list) else value for value in values]
