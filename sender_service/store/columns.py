"""Rows -> one array per column, as set-based statements take them."""

from collections.abc import Sequence
from typing import Any, NamedTuple


def columns(rows: Sequence[tuple[Any, ...]], shape: type[NamedTuple]) -> Sequence[Sequence[Any]]:
    """The columns of rows of this shape; as many empty ones when there is no row."""
    if not rows:
        return [[] for _ in shape._fields]
    return list(zip(*rows, strict=True))
