"""Lists: pages for people, cursors for programs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sender_service.api.paging import Paging, Total, capped, decode_cursor, encode_cursor, listing, total_told
from sender_service.api.problems import Problem

THREE = Paging(page=2, limit=3)


@pytest.mark.parametrize(
    ("paging", "offset"),
    [
        (Paging(), 0),
        (Paging(page=2), 20),
        (Paging(page=3, limit=7), 14),
        (Paging(page=1_000, limit=100), 99_900),
        (Paging(page=3, cursor="x"), 0),
        (Paging(page=1_001, cursor="x"), 0),
    ],
)
def test_a_page_begins_where_the_one_before_ends(paging, offset):
    assert paging.offset == offset


def test_whoever_wants_a_page_too_deep_is_sent_to_the_cursor():
    with pytest.raises(Problem) as refused:
        _ = Paging(page=1_001).offset
    assert refused.value.code == "PAGE_TOO_DEEP"
    assert refused.value.detail == "page: at most 1000; follow the cursor in `next` instead"


@pytest.mark.parametrize(
    ("count", "total"),
    [
        (0, Total(0)),
        (9_999, Total(9_999)),
        (10_000, Total(10_000, exact=True)),
        (10_001, Total(10_000, exact=False)),
    ],
)
def test_a_total_is_exact_up_to_ten_thousand(count, total):
    assert capped(count) == total


@given(st.lists(st.integers(-(2**53), 2**53) | st.text() | st.none() | st.booleans(), max_size=4))
def test_a_cursor_carries_its_key_and_fits_into_an_address(key):
    cursor = encode_cursor(key)
    assert decode_cursor(cursor, *[lambda part: part] * len(key)) == tuple(key)
    assert all(sign.isalnum() or sign in "-_" for sign in cursor)


def test_each_part_of_a_cursor_goes_through_its_parser():
    assert decode_cursor(encode_cursor([1, 2]), str, float) == ("1", 2.0)


def test_without_a_cursor_there_is_no_key():
    assert decode_cursor(None, int) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "", "%", "x", "bm9uZQ", "\u00e9", encode_cursor([]), encode_cursor([1, 2]), encode_cursor(["x"]),
        encode_cursor([None]), encode_cursor([1e308 * 10]), "Nw",
    ],
)  # fmt: skip
def test_a_cursor_nobody_made_is_refused(cursor):
    with pytest.raises(Problem) as refused:
        decode_cursor(cursor, int)
    assert (refused.value.code, refused.value.detail) == (
        "VALIDATION_FAILED",
        "cursor: is not one this service made",
    )


def test_a_page_that_is_followed_by_another_says_where_that_begins():
    answer = listing([1, 2, 3, 4], Total(8), THREE, key=lambda row: (row, "k"))
    assert answer == {
        "data": [1, 2, 3],
        "total": 8,
        "total_exact": True,
        "page": 2,
        "limit": 3,
        "next": encode_cursor([3, "k"]),
    }


def test_the_last_page_is_followed_by_none():
    answer = listing([1, 2, 3], Total(6), THREE, key=lambda row: (row,))
    assert answer == {"data": [1, 2, 3], "total": 6, "total_exact": True, "page": 2, "limit": 3, "next": None}


def test_a_list_without_a_key_has_no_cursor():
    assert listing([1, 2, 3, 4], Total(8), THREE)["next"] is None


def test_a_total_that_was_not_counted_to_its_end_says_so():
    answer = listing([], Total(10_000, exact=False), THREE)
    assert (answer["total"], answer["total_exact"]) == (10_000, False)


@pytest.mark.parametrize(
    ("paging", "rows", "total"),
    [
        (Paging(limit=3), 0, 0),
        (Paging(limit=3), 3, 3),
        (Paging(limit=3), 4, None),
        (THREE, 2, 5),
        (THREE, 4, None),
        (THREE, 0, None),
        (Paging(limit=3, cursor="x"), 2, None),
    ],
)
def test_the_last_of_numbered_pages_tells_the_total_itself(paging, rows, total):
    assert total_told(range(rows), paging) == total
