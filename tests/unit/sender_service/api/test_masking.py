"""What operators may see of a body: its form, not what people said in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sender_service.api.masking import mask_digits, masked

WORDS = st.text(min_size=3, max_size=30)


def test_only_plain_names_keep_their_text():
    body = {
        "type": "text",
        "text": {"body": "hola", "preview_url": True},
        "to": "+529983162438",
        "timestamp": "1700000000",
        "tags": ["a", {"name": "plain", "value": "bc"}],
        "code": ["es", "it"],
        "count": 7,
        "nothing": None,
    }
    assert masked(json.dumps(body).encode()) == {
        "type": "text",
        "text": {"body": "(4 characters)", "preview_url": True},
        "to": "(13 characters)",
        "timestamp": "1700000000",
        "tags": ["(1 characters)", {"name": "(5 characters)", "value": "(2 characters)"}],
        "code": ["es", "it"],
        "count": 7,
        "nothing": None,
    }


@pytest.mark.parametrize(
    ("body", "shown"),
    [(b"", "0 bytes that are not JSON"), (b"hola", "4 bytes that are not JSON"), (b'"hola"', "(4 characters)")],
)
def test_what_is_no_object_is_shown_by_its_length(body, shown):
    assert masked(body) == shown


def test_what_is_large_is_shown_by_its_length():
    fits = b'"' + b"x" * 65_534 + b'"'
    assert masked(fits) == "(65534 characters)"
    assert masked(fits + b" ") == "65537 bytes"


def test_a_number_that_is_a_name_is_masked_too():
    assert masked(b'{"+529983162438": {"1234567": 1, "123456": 2}}') == {"…38": {"…67": 1, "123456": 2}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call +529983162438 now", "call …38 now"),
        ("1234567 and 7654321", "…67 and …21"),
        ("123456", "123456"),
        ("", ""),
    ],
)
def test_long_numbers_keep_their_last_two_digits(text, shown):
    assert mask_digits(text) == shown


@given(st.recursive(WORDS, lambda inner: st.lists(inner) | st.dictionaries(st.just("value"), inner)))
def test_no_word_anybody_said_is_shown(said):
    shown = masked(json.dumps(said).encode())
    assert not _leaves(shown) - {f"({len(word)} characters)" for word in _leaves(said)}


WEBHOOK = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "102290129340398",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "metadata": {"display_phone_number": "+39 06 12345678", "phone_number_id": "106540352242922"},
                        "contacts": [{"profile": {"name": "Ada Lovelace"}, "wa_id": "393331234567"}],
                        "messages": [
                            {
                                "from": "393331234567",
                                "id": "wamid.HBgMMzkzMzMxMjM0NTY3FQIAEhgg",
                                "timestamp": "1763716800",
                                "type": "text",
                                "text": {"body": "I am ill"},
                                "location": {"name": "Home of Ada"},
                            }
                        ],
                    },
                }
            ],
        }
    ],
}


def test_a_webhook_keeps_its_form_and_loses_its_people():
    text = json.dumps(masked(json.dumps(WEBHOOK).encode()), ensure_ascii=False)
    for said in ("Ada", "ill", "3331234567", "12345678", "HBgMMzkz", "Home"):
        assert said not in text, said
    for kept in ("102290129340398", "106540352242922", "1763716800", "messages", '"type": "text"', "(8 characters)"):
        assert kept in text, kept


def test_the_name_of_a_template_is_shown_and_its_variables_are_not():
    body = {"template": {"name": "order_ready", "components": [{"type": "body", "parameters": [{"text": "Ada"}]}]}}
    assert masked(json.dumps(body).encode()) == {
        "template": {
            "name": "order_ready",
            "components": [{"type": "body", "parameters": [{"text": "(3 characters)"}]}],
        }
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"to": 393331234567}, {"to": "…67"}),
        ({"to": 3.9e11}, {"to": "…00"}),
        ({"393331234567": 1}, {"…67": 1}),
        ({"source": "/shop/393331234567"}, {"source": "/shop/…67"}),
        (
            {"time": 1763716800, "index": 3, "on": True, "no": None},
            {"time": 1763716800, "index": 3, "on": True, "no": None},
        ),
        ({"type": ["text", "393331234567"]}, {"type": ["text", "…67"]}),
        ("393331234567", "(12 characters)"),
    ],
)
def test_numbers_of_people_are_masked_wherever_they_stand(value, shown):
    assert masked(json.dumps(value).encode()) == shown


def _leaves(value):
    """Every text within a value."""
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value
    return {leaf for item in inner for leaf in _leaves(item)}
