"""Rows as columns."""

from typing import Any, NamedTuple

import orjson
import pytest

from sender_service.store.columns import columns


class Pair(NamedTuple):
    id: int
    content: Any


def test_rows_become_columns():
    assert columns([Pair(1, {"a": 1}), Pair(2, None)], Pair) == [(1, 2), ({"a": 1}, None)]
    assert columns([], Pair) == [[], []]


def test_a_list_of_json_stays_one_value_of_its_column():
    _, contents = columns([Pair(1, [{"a": 1}, {"b": 2}]), Pair(2, {"c": 3}), Pair(3, [])], Pair)
    assert contents is not None
    assert [orjson.loads(orjson.dumps(content)) for content in contents] == [[{"a": 1}, {"b": 2}], {"c": 3}, []]
    assert not any(isinstance(content, list) for content in contents)


def test_only_lists_are_wrapped():
    _, contents = columns([Pair(1, [1]), Pair(2, (2,)), Pair(3, None)], Pair)
    assert contents is not None
    assert list(contents)[1:] == [(2,), None]


def test_a_column_that_says_nothing_is_null():
    assert columns([Pair(1, None), Pair(2, None)], Pair) == [(1, 2), None]


def test_rows_of_different_length_are_no_rows():
    with pytest.raises(ValueError, match="shorter"):
        columns([(1, 2), (3,)], Pair)
