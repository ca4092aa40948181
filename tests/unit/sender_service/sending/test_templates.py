"""A stored template, read as Meta writes it."""

import pytest

from sender_service.sending.templates import (
    StoredTemplate,
    body_text,
    buttons,
    cards,
    component,
    component_text,
    filled,
    header_format,
    placeholders,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("Hola", []),
        ("{{1}}", ["1"]),
        ("{{2}} {{1}} {{2}}", ["1", "2"]),
        ("{{10}} {{9}} {{1}}", ["1", "9", "10"]),
        ("{{ name }} {{day_2}} {{name}}", ["name", "day_2"]),
        ("{{b}} {{1}} {{a}}", ["b", "1", "a"]),
        ("{{}} {1} {{a b}} {{a-b}}", []),
    ],
)
def test_a_text_names_its_placeholders(text, names):
    assert list(placeholders(text)) == names


def test_what_has_a_value_is_filled_in():
    assert filled("{{1}}, {{ 2 }}, {{3}}", {"1": "a", "2": "b"}) == "a, b, {{3}}"


PARTS = [
    {"type": "header", "text": "H"},
    {"type": "BODY", "text": "first"},
    {"type": "BODY", "text": "second"},
    {"type": "FOOTER"},
    {"text": "without a type"},
]


@pytest.mark.parametrize(
    ("kind", "part"), [("HEADER", PARTS[0]), ("BODY", PARTS[1]), ("FOOTER", PARTS[3]), ("BUTTONS", None)]
)
def test_a_part_is_found_in_whatever_case_it_is_written(kind, part):
    assert component(PARTS, kind) is part


@pytest.mark.parametrize(("kind", "text"), [("HEADER", "H"), ("BODY", "first"), ("FOOTER", ""), ("BUTTONS", "")])
def test_a_part_without_text_is_empty(kind, text):
    assert component_text(PARTS, kind) == text


@pytest.mark.parametrize(
    ("category", "components", "text"),
    [
        ("AUTHENTICATION", [], "{{1}}"),
        ("AUTHENTICATION", [{"type": "BODY"}], "{{1}}"),
        ("AUTHENTICATION", [{"type": "BODY", "text": "{{1}} es"}], "{{1}} es"),
        ("UTILITY", [{"type": "BODY"}], ""),
        (None, [], ""),
    ],
)
def test_the_body_of_a_password_is_its_code_until_meta_has_written_it(category, components, text):
    assert body_text(StoredTemplate(name="t", language="es", category=category, components=components)) == text


@pytest.mark.parametrize(
    ("components", "form"),
    [
        ([], None),
        ([{"type": "BODY"}], None),
        ([{"type": "HEADER"}], "TEXT"),
        ([{"type": "HEADER", "format": ""}], "TEXT"),
        ([{"type": "HEADER", "format": "image"}], "IMAGE"),
    ],
)
def test_a_header_has_a_form(components, form):
    assert header_format(components) == form


def test_buttons_are_counted_from_nothing():
    two = [{"type": "URL"}, {"type": "OTP"}]
    assert list(buttons([{"type": "BUTTONS", "buttons": two}])) == [(0, two[0]), (1, two[1])]
    assert [list(buttons(parts)) for parts in ([], [{"type": "BUTTONS"}], [{"type": "BODY"}])] == [[], [], []]


def test_only_a_carousel_has_cards():
    two = [{"components": []}, {"components": [{"type": "BODY"}]}]
    assert cards([{"type": "CAROUSEL", "cards": two}]) == two
    assert [list(cards(parts)) for parts in ([], [{"type": "CAROUSEL"}], [{"type": "BODY"}])] == [[], [], []]


@pytest.mark.parametrize(("form", "named"), [("NAMED", True), ("named", True), ("POSITIONAL", False), ("", False)])
def test_placeholders_go_by_name_or_by_place(form, named):
    assert StoredTemplate(name="t", language="es", parameter_format=form).named is named
