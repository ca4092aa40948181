"""What is left of each value when a line is written."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.logging import REDACTED, Redaction, last_four

PHONE = "5511987654321"
TOKEN = "EAAG" + "x9Zq" * 10


def redacted(secrets=(), **fields):
    return Redaction(secrets)(None, "info", dict(fields))


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        (PHONE, "…4321"),
        ("1234567", "…4567"),
        ("123456", REDACTED),
        ("", REDACTED),
    ],
)
def test_of_a_phone_number_the_last_four_digits_are_shown(phone, shown):
    assert last_four(phone) == shown
    assert redacted(to=phone) == {"to": shown}


@pytest.mark.parametrize("name", ["token", "Access_Token", "X-Hub-Signature", "hub.verify_token", "BODY", "set-cookie"])
def test_a_secret_name_hides_its_value_however_it_is_written(name):
    assert redacted(**{name: "plain"}) == {name: REDACTED}
    assert redacted(outer={name: ["plain"]}) == {"outer": {name: REDACTED}}


def test_numbers_and_nothing_are_left_alone():
    fields = {"status": 200, "seconds": 0.5, "missing": None, "to": None, "ok": True, "inner": {"a": 1, "b": [2, None]}}
    assert redacted(**fields) == fields


@pytest.mark.parametrize("name", ["message_id", "message_ids", "id", "occurred_at", "timestamp", "sha256", "epoch"])
def test_an_id_keeps_its_digits_and_still_no_token(name):
    assert redacted(**{name: f"x {PHONE}"}) == {name: f"x {PHONE}"}
    assert redacted(**{name: [PHONE, {"note": f"x {PHONE}"}]}) == {name: [PHONE, {"note": "x …4321"}]}
    assert redacted(**{name: TOKEN}) == {name: REDACTED}


@pytest.mark.parametrize("name", ["idea", "ident", "sha256_of", "reporter"])
def test_what_is_named_like_an_id_is_none(name):
    assert redacted(**{name: f"x {PHONE}"}) == {name: "x …4321"}


def test_every_kind_of_collection_is_looked_through():
    values = [f"x {PHONE}"]
    for kind in (list, tuple, set, frozenset):
        assert redacted(values=kind(values)) == {"values": ["x …4321"]}
    assert redacted(values={7: f"x {PHONE}", "to": PHONE}) == {"values": {"7": "x …4321", "to": "…4321"}}
    assert redacted(values=[[{"note": f"x {PHONE}"}]]) == {"values": [[{"note": "x …4321"}]]}


@pytest.mark.parametrize("value", [b"hola", bytearray(b"hola"), memoryview(b"hola")])
def test_bytes_are_never_written(value):
    assert redacted(note=value) == {"note": REDACTED}
    assert redacted(notes=[value]) == {"notes": [REDACTED]}


def test_other_values_are_written_as_their_text():
    when = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
    assert redacted(happened_at=when, error=ValueError(f"no {PHONE}")) == {
        "happened_at": "2026-11-20 12:30:00+00:00",
        "error": "no …4321",
    }
    assert redacted(trace_id=UUID(int=7)) == {"trace_id": str(UUID(int=7))}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"a {TOKEN} b", "a [redacted] b"),
        ("Bearer abc.def-123 end", "[redacted] end"),
        ("bAsIc  YWJjZGVm", "[redacted]"),
        ("sha256=" + "ab" * 32, REDACTED),
        ("sha1=abCD", REDACTED),
        ("amqp://app:pass@host/", "amqp://[redacted]@host/"),
        ("amqp://host:5672/", "amqp://host:5672/"),
        ("colomba_" + "aB3-" * 4, REDACTED),
        ("clb_0123456789ab_0f0f", REDACTED),
        ("?access_token=abc&b=1", "?[redacted]&b=1"),
        ("{'secret': 'abc'}", "{'[redacted]'}"),
        ("PASSWORD = abc def", "[redacted] def"),
        ("no secrets in here", "no secrets in here"),
    ],
)
def test_a_token_is_found_in_free_text(text, left):
    assert Redaction().text(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"to {PHONE}", "to …4321"),
        (f"to +{PHONE}.", "to …4321."),
        ("to +55 (11) 98765-4321", "to …4321"),
        ("1234567 is short", "1234567 is short"),
        ("12345678 is not", "…5678 is not"),
        ("wamid.55119876543210", "wamid.55119876543210"),
        ("2026-11-20T12:00:00.123456Z", "2026-11-20T12:00:00.123456Z"),
        ("0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319c"),
    ],
)
def test_a_phone_number_is_found_in_free_text(text, left):
    assert Redaction().text(text) == left
    assert Redaction().text(text, phones=False) == text


def test_a_text_is_cut_only_when_it_is_very_long():
    assert Redaction().text("é" * 2_000) == "é" * 2_000
    assert Redaction().text("é" * 2_001) == "é" * 500 + " … " + "é" * 1_500


def test_the_longest_of_known_secrets_is_found_first():
    assert redacted(["abcd", "abcdefgh", "abcd"], note="x abcdefgh y abcd z")["note"] == "x [redacted] y [redacted] z"


def test_a_known_secret_is_taken_literally():
    assert redacted(["a.c*"], note="abcc a.c*")["note"] == "abcc [redacted]"


def test_what_is_too_short_to_be_a_secret_is_not_searched_for():
    assert redacted(["abc", ""], note="abc")["note"] == "abc"
    assert redacted(["abc", "defg"], note="abc defg")["note"] == "abc [redacted]"


def test_of_a_long_traceback_the_line_that_says_what_failed_stays():
    text = "Traceback (most recent call last):\n" + "  File\n" * 1_000 + "ValueError: what failed"

    assert Redaction().text(text).startswith("Traceback")
    assert Redaction().text(text).endswith("ValueError: what failed")
