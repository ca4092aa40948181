"""Values of any type, read as what they should have been or as nothing."""

import json
from hashlib import sha256

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from sender_service.inbound.lenient import (
    Unreadable,
    clean,
    dumps,
    integer,
    items,
    key,
    loads,
    mapping,
    moment,
    text,
)


@pytest.mark.parametrize(
    ("value", "read"),
    [("a", "a"), ("", None), (None, None), (7, "7"), (0, "0"), (True, None), (1.5, None), ([], None), ({}, None)],
)
def test_text_is_text_or_a_whole_number(value, read):
    assert text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(None, None), ("", None), ("a", "a"), (7, "7"), (True, None), ("x" * 64, "x" * 64), ("x" * 65, "x" * 65)],
)
def test_a_key_is_a_text(value, read):
    assert key(value) == read


def test_what_is_too_long_for_an_index_keeps_its_beginning_and_its_digest():
    fits, too_long = "€" * 85 + "x", "€" * 86
    assert key(fits) == fits
    assert key(too_long) == "€" * 40 + "#" + sha256(too_long.encode()).hexdigest()


@pytest.mark.parametrize(
    ("value", "read"), [([1, 2], [1, 2]), ([], []), (None, []), ("a", ["a"]), ({}, [{}]), (0, [0]), (False, [False])]
)
def test_a_single_value_stands_for_a_list_of_one(value, read):
    assert items(value) == read


@pytest.mark.parametrize(("value", "read"), [({"a": 1}, {"a": 1}), ([], {}), (None, {}), ("x", {})])
def test_what_is_no_object_has_no_fields(value, read):
    assert mapping(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (2**31 - 1, 2**31 - 1),
        (-(2**31) + 1, -(2**31) + 1),
        (2**31, None),
        (-(2**31), None),
        (str(2**31 - 1), 2**31 - 1),
        ("0" * 17 + "7", 7),
        ("0" * 18 + "7", None),
        ("-", None),
        ("--7", None),
        ("", None),
        ("7 ", None),
        ("\u0667", None),
        (False, None),
        (None, None),
        ([], None),
    ],
)
def test_an_integer_fits_into_four_bytes(value, read):
    assert integer(value) == read


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1_230_768_000, 1_230_768_000),
        (1_230_767_999, None),
        (4_102_444_800, 4_102_444_800),
        (4_102_444_801, None),
        (float("nan"), None),
        (float("inf"), None),
        ({}, None),
        (" 1760000000 ", 1_760_000_000),
    ],
)
def test_a_moment_lies_between_metas_first_message_and_the_end_of_the_century(value, seconds):
    found = moment(value)
    assert (found.timestamp() if found else None) == seconds
    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":"\x01"}', {"a": "\x01"}),
        (b'{"a":NaN,"a":2}', {"a": 2}),
        (b'{"n":Infinity,"a":' + b"9" * 18 + b"}", {"n": float("inf"), "a": int("9" * 18)}),
        (b'{"n":Infinity,"a":' + b"9" * 19 + b"}", {"n": float("inf"), "a": "9" * 19}),
        (b'{"\\u0000":["a\\u0000b",{"c":"\\u0000"}]}', {"\ufffd": ["a\ufffdb", {"c": "\ufffd"}]}),
        (b'{"\\ud800":1}', {"\ufffd": 1}),
        ('{"a":"é😀"}'.encode(), {"a": "é😀"}),
    ],
)
def test_a_body_is_read_without_what_postgres_refuses(body, value):
    assert loads(body) == value


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON: JSONDecodeError"),
        (b"\xff", "not JSON: UnicodeDecodeError"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 5_000 + b'"\\u0000"' + b"]" * 5_000, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_why(body, why):
    with pytest.raises(Unreadable) as caught:
        loads(body)
    assert str(caught.value) == why


def test_only_the_characters_that_postgres_refuses_are_replaced():
    assert clean("a\x00b\ud800c\udfff\ud7ff\ue000\x01") == "a\ufffdb\ufffdc\ufffd\ud7ff\ue000\x01"
    assert clean([1, None, True, 1.5]) == [1, None, True, 1.5]


VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**63), 2**63 - 1) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_what_is_written_is_read_back(value):
    assert orjson.loads(dumps(value)) == value


def test_what_one_writer_refuses_the_other_writes():
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    assert json.loads(dumps(deep)) == deep
    assert json.loads(dumps({"n": 2**70})) == {"n": 2**70}


def test_what_no_writer_takes_is_named():
    unreadable = {"unreadable": "nested too deeply"}
    assert json.loads(dumps({"a": 2**70, "n": float("nan")})) == unreadable
    endless: object = 1
    for _ in range(5_000):
        endless = [endless]
    assert json.loads(dumps(endless)) == unreadable
