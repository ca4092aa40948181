"""A query keeps the filters that were given."""

from sender_service.store.narrowed import narrowed

QUERY = """select id
from things
where owner = $1
  and ($2::bigint is null or id < $2)
  and ($3::boolean is null or (gone_at is null) = $3)
  and ($4::bigint[] is null or id = any($4))
order by id desc
limit $5 + 1 offset $6"""


def test_what_is_not_given_is_only_named():
    assert narrowed(QUERY, (1, None, None, None), 50, 0) == (
        "select id\nfrom things\nwhere owner = $1\n  and $2::bigint is null\n  and $3::boolean is null\n"
        "  and $4::bigint[] is null\norder by id desc\nlimit 50 + 1 offset 0"
    )


def test_what_is_given_is_asked_for_without_a_choice():
    text = narrowed(QUERY, (1, 7, None, [3]), 50, 100)
    assert "and (id < $2)\n" in text
    assert "and (id = any($4))\n" in text
    assert "limit 50 + 1 offset 100" in text


def test_truth_values_are_written_out_so_that_partial_indexes_are_found():
    assert "and $3::boolean is not null and ((gone_at is null) = false)" in narrowed(
        QUERY, (1, None, False, None), 1, 0
    )
    assert "(gone_at is null) = true" in narrowed(QUERY, (1, None, True, None), 1, 0)


def test_a_number_is_not_taken_for_the_beginning_of_another():
    query = "where ($1::text is null or a = $1)\n  and ($10::boolean is null or b = $10)\nlimit $11 + 1 offset $12"
    given = ("a", *[None] * 8, True)
    assert narrowed(query, given, 3, 4) == (
        "where (a = $1)\n  and $10::boolean is not null and (b = true)\nlimit 3 + 1 offset 4"
    )


def test_values_of_one_kind_share_a_text():
    assert narrowed(QUERY, (1, 7, None, None), 50, 0) == narrowed(QUERY, (2, 8, None, None), 50, 0)
