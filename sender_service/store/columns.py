"""Rows -> one array per column, as set-based statements take them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson


def columns(rows: Sequence[tuple[Any, ...]], shape: type[NamedTuple]) -> Sequence[Sequence[Any]]:
    """The columns of rows of this shape; as many empty ones when there is no row."""
    if not rows:
        return [[] for _ in shape._fields]
    return [_flat(column) for column in zip(*rows, strict=True)]


def _flat(column: Sequence[Any]) -> Sequence[Any]:
    """A list of JSON in a column would be taken for a second dimension of the array, and unnested with it."""
    if list not in set(map(type, column)):
        return column
    return [orjson.Fragment(orjson.dumps(value)) if isinstance(value, list) else value for value in column]
