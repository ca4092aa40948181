"""A sent template as people read it."""

from typing import Any

from sender_service.sending.template_text import rendered
from sender_service.sending.templates import StoredTemplate


def stored(*components: dict[str, Any], named: bool = False) -> StoredTemplate:
    form = "NAMED" if named else "POSITIONAL"
    return StoredTemplate(name="t", language="es_MX", parameter_format=form, components=components)


def sent(kind: str, *values: str) -> dict[str, Any]:
    return {"type": kind, "parameters": [{"type": "text", "text": value} for value in values]}


ORDER_READY = "Hola {{1}}, tu pedido #{{2}} está listo para recoger en Pet-Friendly. Horario: Mar-Dom 9am-8pm."


def test_the_variables_are_filled_in():
    content = {"name": "order_ready", "components": [sent("body", "Ana", "1234")]}
    text = "Hola Ana, tu pedido #1234 está listo para recoger en Pet-Friendly. Horario: Mar-Dom 9am-8pm."
    assert rendered(content, stored({"type": "BODY", "text": ORDER_READY})) == text


def test_header_and_footer_belong_to_it():
    template = stored(
        {"type": "HEADER", "format": "TEXT", "text": "Para {{1}}"},
        {"type": "BODY", "text": "{{2}} y {{1}}"},
        {"type": "FOOTER", "text": "Adiós"},
    )
    content = {"components": [sent("HEADER", "Ana"), sent("BODY", "uno", "dos")]}
    assert rendered(content, template) == "Para Ana\ndos y uno\nAdiós"


def test_named_variables_go_by_their_names():
    template = stored({"type": "BODY", "text": "{{first}} {{last}}"}, named=True)
    parameters = [
        {"type": "text", "parameter_name": "last", "text": "López"},
        {"type": "text", "parameter_name": "first", "text": "Ana"},
    ]
    assert rendered({"components": [{"type": "body", "parameters": parameters}]}, template) == "Ana López"


def test_money_and_dates_show_their_fallback():
    template = stored({"type": "BODY", "text": "{{1}} el {{2}}"})
    parameters = [
        {"type": "currency", "currency": {"fallback_value": "$100.99", "code": "USD", "amount_1000": 100990}},
        {"type": "date_time", "date_time": {"fallback_value": "25 de febrero"}},
    ]
    assert (
        rendered({"components": [{"type": "body", "parameters": parameters}]}, template) == "$100.99 el 25 de febrero"
    )


def test_what_has_no_value_stays_visible():
    assert rendered({}, stored({"type": "BODY", "text": "Hola {{1}}"})) == "Hola {{1}}"


def test_a_value_is_text_whatever_stands_in_it():
    template = stored({"type": "BODY", "text": "{{1}} {{2}}"})
    assert rendered({"components": [sent("body", "{{2}}", r"\1")]}, template) == r"{{2}} \1"


def test_the_cards_of_a_carousel_follow():
    card = {"components": [{"type": "BODY", "text": "Oferta {{1}}"}]}
    template = stored({"type": "BODY", "text": "Mira"}, {"type": "CAROUSEL", "cards": [card, card]})
    cards = [{"components": [sent("body", "uno")]}, {"components": [sent("body", "dos")]}]
    assert (
        rendered({"components": [{"type": "carousel", "cards": cards}]}, template) == "Mira\n- Oferta uno\n- Oferta dos"
    )


def test_of_a_template_never_synced_name_and_values_are_told():
    content = {"name": "order_ready", "components": [sent("header", "x"), sent("body", "Ana", "1234")]}
    assert rendered(content, None) == "order_ready: x, Ana, 1234"
    assert rendered({"name": "hello_world"}, None) == "hello_world"
    media = {"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}
    assert rendered({"name": "promo", "components": [media]}, None) == "promo"


def test_a_template_without_any_text_is_its_name():
    assert rendered({"name": "t"}, stored({"type": "HEADER", "format": "IMAGE"})) == "t"


def test_nonsense_is_no_reason_to_fail():
    assert rendered({"name": "t", "components": ["x", {"type": "body", "parameters": [3]}]}, None) == "t"
    assert rendered({"components": 3}, None) == "template"
    assert rendered({"components": [{"type": "body", "parameters": 3}]}, stored({"type": "BODY", "text": "a"})) == "a"
    assert rendered({"components": [{"type": "carousel", "cards": 3}]}, stored({"type": "BODY", "text": "a"})) == "a"


def test_each_part_takes_its_own_values():
    template = stored(
        {"type": "HEADER", "text": "{{1}}"}, {"type": "body", "text": "{{1}}"}, {"type": "FOOTER", "text": "{{1}}"}
    )
    content = {"components": [sent("body", "b"), sent("header", "h")]}
    assert rendered(content, template) == "h\nb\n{{1}}"


def test_more_and_fewer_values_than_places_are_survived():
    template = stored({"type": "BODY", "text": "{{1}} {{2}}"})
    assert rendered({"components": [sent("body", "a")]}, template) == "a {{2}}"
    assert rendered({"components": [sent("body", "a", "b", "c")]}, template) == "a b"
    assert rendered({"components": [sent("body", "a"), sent("BODY", "b")]}, template) == "a b"


def test_more_and_fewer_cards_than_stored_are_survived():
    card = {"components": [{"type": "BODY", "text": "Oferta {{1}}"}]}
    template = stored({"type": "CAROUSEL", "cards": [card, {}, card]})
    one = {"components": [sent("body", "uno")]}
    assert rendered({"components": [{"type": "CAROUSEL", "cards": [one]}]}, template) == "- Oferta uno"
    assert (
        rendered({"components": [{"type": "carousel", "cards": [one] * 4}]}, template) == "- Oferta uno\n- Oferta uno"
    )
    assert rendered({"components": [{"type": "carousel", "cards": [7, one]}]}, template) == "- Oferta uno"
    assert rendered({"components": []}, template) == "t"


def test_the_cards_of_a_named_template_go_by_name():
    card = {"components": [{"type": "BODY", "text": "{{a}}"}]}
    template = stored({"type": "CAROUSEL", "cards": [card]}, named=True)
    value = {"type": "text", "parameter_name": "a", "text": "uno"}
    content = {
        "components": [{"type": "carousel", "cards": [{"components": [{"type": "body", "parameters": [value]}]}]}]
    }
    assert rendered(content, template) == "- uno"


def test_values_that_say_nothing_are_left_out():
    parameters = [
        {"type": "text", "text": None},
        {"type": "text"},
        {"type": "currency", "currency": {"fallback_value": "$1"}},
        {"type": "currency", "currency": {}},
        {"type": "currency", "currency": "x"},
        {"type": "date_time"},
        {},
        {"type": "text", "text": 7},
    ]
    content = {"name": "t", "components": [{"type": "body", "parameters": parameters}, "x", {"parameters": "x"}]}
    assert rendered(content, None) == "t: $1, 7"
    assert rendered({"name": "", "components": []}, None) == "template"
    assert rendered({"name": 7}, None) == "7"


def test_a_placeholder_filled_with_nothing_is_empty():
    template = stored({"type": "BODY", "text": "a{{1}}b"})
    assert rendered({"components": [{"type": "body", "parameters": [{"type": "image"}]}]}, template) == "ab"
