import pytest

from sender_service.sending.template_check import Mismatch, check
from sender_service.sending.template_fill import components, content, unknown
from sender_service.sending.templates import StoredTemplate

BODY = {"type": "BODY", "text": "Hola {{1}}, tu cita es el {{2}}."}
URL = {"type": "BUTTONS", "buttons": [
    {"type": "QUICK_REPLY", "text": "Si"},
    {"type": "URL", "text": "Ver", "url": "https://example.com/{{1}}"},
    {"type": "COPY_CODE", "text": "Copiar"},
]}  # fmt: skip


def template(*parts, **changes) -> StoredTemplate:
    return StoredTemplate(name="cita", language="es_MX", components=parts, **changes)


def test_every_place_of_a_template_is_filled_and_passes_the_check():
    full = template({"type": "HEADER", "format": "IMAGE"}, BODY, URL)
    variables = {
        "1": "Ada",
        "2": "lunes",
        "header.link": "https://example.com/a.png",
        "button.1": "42",
        "button.2": "OFF10",
    }
    filled = components(full, variables)
    check(full, filled)
    assert filled == [
        {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://example.com/a.png"}}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "lunes"}]},
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "42"}]},
        {"type": "button", "sub_type": "copy_code", "index": "2",
         "parameters": [{"type": "coupon_code", "coupon_code": "OFF10"}]},
    ]  # fmt: skip


def test_named_placeholders_carry_their_name():
    named = template({"type": "BODY", "text": "Hola {{nombre}}"}, parameter_format="NAMED")
    filled = components(named, {"nombre": "Ada"})
    check(named, filled)
    assert filled == [{"type": "body", "parameters": [{"type": "text", "parameter_name": "nombre", "text": "Ada"}]}]


def test_a_header_text_has_variables_of_its_own():
    headed = template({"type": "HEADER", "format": "TEXT", "text": "Cita {{1}}"}, BODY)
    filled = components(headed, {"header.1": "A-1", "1": "Ada", "2": "lunes"})
    check(headed, filled)
    assert filled[0] == {"type": "header", "parameters": [{"type": "text", "text": "A-1"}]}


def test_a_template_without_places_has_no_components():
    assert content(template({"type": "BODY", "text": "Hello"}), {}) == {
        "name": "cita", "language": {"code": "es_MX"}, "components": [],
    }  # fmt: skip


def test_a_missing_variable_is_left_to_the_check():
    with pytest.raises(Mismatch):
        check(template(BODY), components(template(BODY), {"1": "Ada"}))


def test_variables_without_a_place_are_named():
    assert unknown(template(BODY, URL), {"1": "", "3": "", "button.1": "", "header.link": ""}) == ["3", "header.link"]
