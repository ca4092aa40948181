import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.attempt_id import MAX_LENGTH, AttemptId, decode, encode

OURS = "0123456789ab"


@given(message_id=st.integers(1, 2**63 - 1), attempt=st.integers(1, 2**15 - 1))
def test_what_was_encoded_is_read_back_and_fits_what_meta_echoes(message_id, attempt):
    text = encode(OURS, message_id, attempt)

    assert decode(OURS, text) == AttemptId(message_id, attempt)
    assert len(text) <= MAX_LENGTH


def test_the_greatest_ids_the_database_holds_are_read():
    assert decode(OURS, encode(OURS, 2**63 - 1, 2**15 - 1)) == AttemptId(2**63 - 1, 2**15 - 1)


def test_as_much_as_meta_echoes_is_read_and_nothing_longer():
    installation = "x" * (MAX_LENGTH - len(".7.1"))

    assert decode(installation, encode(installation, 7, 1)) == AttemptId(7, 1)
    assert decode(installation + "x", encode(installation + "x", 7, 1)) is None


@pytest.mark.parametrize(
    "text",
    [
        encode("ba9876543210", 7, 1),
        f"{OURS}.7",
        f"{OURS}.7.1.1",
        f"{OURS}.07.1",
        f"{OURS}.7.0",
        f"{OURS}.-7.1",
        f"{OURS}.7.40000",
        f"{OURS}.7.{2**15}",
        f"{OURS}.{2**63}.1",
        f"{OURS}.\u0667.1",
        f"{OURS}..1",
        "a caller's own data",
        "",
        OURS + "." + "9" * 600 + ".1",
        None,
        7,
    ],
)
def test_anything_we_did_not_write_is_no_attempt_of_ours(text):
    assert decode(OURS, text) is None


@given(st.text())
def test_no_text_at_all_breaks_the_reading(text):
    found = decode(OURS, text)

    assert found is None or encode(OURS, found.message_id, found.attempt) == text
