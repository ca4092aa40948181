"""The words of a message."""

import pytest

from sender_service.sending.templates import StoredTemplate
from sender_service.sending.text import words
from shared.contracts.send_message import from_data


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("text", {"body": "Hola"}, "Hola"),
        ("text", {"body": ""}, None),
        ("text", {"body": 7}, None),
        ("image", {"id": "1", "caption": "Luna"}, "Luna"),
        ("video", {"id": "1", "caption": "Luna"}, "Luna"),
        ("document", {"id": "1", "caption": "c", "filename": "f.pdf"}, "c"),
        ("document", {"id": "1", "filename": "f.pdf"}, "f.pdf"),
        ("audio", {"id": "1"}, None),
        ("sticker", {"id": "1"}, None),
        ("interactive", {"body": {"text": "¿Sí?"}}, "¿Sí?"),
        ("interactive", {"body": "wrong"}, None),
        ("reaction", {"emoji": "👍"}, "👍"),
        ("location", {"name": "Casa", "address": "Calle 1"}, "Casa"),
        ("location", {"address": "Calle 1"}, "Calle 1"),
        ("template", {"name": "hello_world"}, "hello_world"),
        ("mark_read", {"message_id": "x"}, None),
        (
            "contacts",
            [{"name": {"formatted_name": "Ana"}}, {"name": 3}, 4, {"name": {"formatted_name": "Luz"}}],
            "Ana, Luz",
        ),
        ("contacts", [{}], None),
    ],
)
def test_the_words_of_each_type(kind, content, expected):
    command = from_data({"phone_number_id": "1", "to": "+1", "type": kind, kind: content}, source="s", id="1")
    assert words(command) == expected


def test_a_stored_template_speaks_its_own_words():
    template = StoredTemplate(name="t", language="es", components=[{"type": "BODY", "text": "Hola {{1}}"}])
    content = {"name": "t", "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]}
    data = {"phone_number_id": "1", "to": "+1", "type": "template", "template": content}
    assert words(from_data(data, source="s", id="1"), template) == "Hola Ana"
