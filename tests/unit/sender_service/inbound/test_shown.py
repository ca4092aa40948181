"""What a person reads of a message, in the language of the organization."""

import pytest

from sender_service.inbound.items import Shown
from sender_service.inbound.shown import PLACEHOLDERS, render, show


@pytest.mark.parametrize("language", ["en", "it", "es"])
def test_every_placeholder_has_words_in_every_language(language):
    for key in PLACEHOLDERS:
        words = render(Shown(None, key), language)
        assert words.startswith("[")
        assert len(words) > 2


@pytest.mark.parametrize(
    ("shown", "language", "words"),
    [
        (Shown("hi", "image"), "it", "hi"),
        (Shown(None, "image"), "en", "[Image]"),
        (Shown(None, "image"), "it", "[Immagine]"),
        (Shown(None, "image"), "es", "[Imagen]"),
        (Shown(None, "image"), "xx", "[Image]"),
        (Shown(None, "document", "a.pdf"), "it", "[Documento: a.pdf]"),
        (Shown(None, "hologram"), "it", "[hologram]"),
        (Shown(None, None), "en", "[]"),
    ],
)
def test_text_stands_before_placeholder(shown, language, words):
    assert render(shown, language) == words


@pytest.mark.parametrize(
    ("kind", "item", "words"),
    [
        ("text", {"text": {"body": "hi"}}, "hi"),
        ("text", {}, "[Text]"),
        ("text", {"text": [1]}, "[Text]"),
        ("image", {"image": {"caption": "c", "filename": "f"}}, "c"),
        ("audio", {"audio": {"voice": True}}, "[Voice message]"),
        ("audio", {"audio": {"voice": "true"}}, "[Audio]"),
        ("location", {"location": {"name": "n"}}, "[Location: n]"),
        ("location", {"location": {"name": "n", "address": "a"}}, "[Location: n, a]"),
        ("contacts", {"contacts": [{"name": {"formatted_name": "A"}}, {}, 7]}, "[Contact: A]"),
        ("contacts", {"contacts": {"name": {"formatted_name": "A"}}}, "[Contact: A]"),
        ("reaction", {"reaction": {"emoji": ""}}, "[Reaction removed]"),
        ("interactive", {"interactive": {}}, "[Reply]"),
        ("interactive", {"interactive": {"type": "list_reply", "list_reply": {"title": "t"}}}, "t"),
        ("interactive", {"interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow"}}}, "[Form answer: flow]"),
        ("interactive", {"interactive": {"type": "call_permission_reply"}}, "[Call permission]"),
        ("interactive", {"interactive": {"type": "product", "product": {"product_retailer_id": "s"}}}, "[Product: s]"),
        ("button", {"button": {}}, "[Button]"),
        ("order", {"order": {"product_items": [{}, {}]}}, "[Order: 2]"),
        ("system", {"system": {"type": "t"}}, "[System message: t]"),
        ("unsupported", {"unsupported": {"type": "poll_creation"}}, "[Unsupported message: poll_creation]"),
        ("edit", {"edit": {"message": {"type": "text", "text": {"body": "new"}}}}, "[Message edited: new]"),
        ("edit", {"edit": {}}, "[Message edited]"),
        ("edit", {"edit": {"message": {"type": "image", "image": {"caption": "c"}}}}, "[Message edited: c]"),
        ("edit", {"edit": {"message": {"type": "text", "text": {"body": "b", "caption": "c"}}}}, "[Message edited: b]"),
        ("image", {"image": {"filename": "f"}}, "[Image: f]"),
        ("video", {"video": {"filename": "f"}}, "[Video: f]"),
        ("sticker", {"sticker": {}}, "[Sticker]"),
        ("document", {"document": {"filename": "f"}}, "[Document: f]"),
        ("document", {"document": {"filename": "f", "caption": "c"}}, "c"),
        ("audio", {"audio": {"caption": "c"}}, "c"),
        ("location", {"location": {"address": "a"}}, "[Location: a]"),
        ("location", {"location": {"latitude": 1}}, "[Location]"),
        ("contacts", {"contacts": [{"name": {"formatted_name": n}} for n in "AB"]}, "[Contact: A, B]"),
        ("reaction", {"reaction": {"emoji": "x"}}, "x"),
        (
            "interactive",
            {"interactive": {"type": "nfm_reply", "nfm_reply": {"body": "b", "name": "n"}}},
            "[Form answer: b]",
        ),
        ("interactive", {"interactive": {"type": "nfm_reply"}}, "[Form answer]"),
        (
            "interactive",
            {"interactive": {"type": "call_permission_reply", "call_permission_reply": {"response": "r"}}},
            "[Call permission: r]",
        ),
        ("interactive", {"interactive": {"type": "product"}}, "[Product]"),
        ("interactive", {"interactive": {"type": "beam"}}, "[Reply: beam]"),
        ("interactive", {"interactive": {"type": "interactive", "interactive": {"title": "t"}}}, "t"),
        ("button", {"button": {"text": "t", "payload": "p"}}, "t"),
        ("button", {"button": {"payload": "p"}}, "p"),
        ("order", {"order": {"text": "t"}}, "t"),
        ("order", {"order": {}}, "[Order: 0]"),
        ("system", {"system": {"body": "b", "type": "t"}}, "b"),
        ("system", {"system": {}}, "[System message]"),
        ("unsupported", {}, "[Unsupported message]"),
        ("contacts", {}, "[Contact]"),
        ("revoke", {"revoke": {}}, "[Message deleted]"),
        ("hologram", {"hologram": {"beam": 1}}, "[hologram]"),
    ],
)
def test_what_is_shown_of_a_message(kind, item, words):
    assert render(show(kind, item), "en") == words
