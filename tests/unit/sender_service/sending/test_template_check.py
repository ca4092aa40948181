"""Do the components of a send fit the stored template?"""

from typing import Any

import pytest

from sender_service.sending.template_check import Mismatch, check
from sender_service.sending.templates import StoredTemplate


def template(*components: dict[str, Any], named: bool = False) -> StoredTemplate:
    form = "NAMED" if named else "POSITIONAL"
    return StoredTemplate(name="t", language="es_MX", parameter_format=form, components=components)


def mismatch(stored: StoredTemplate, *sent: dict[str, Any]) -> tuple[int, str, str]:
    with pytest.raises(Mismatch) as caught:
        check(stored, sent)
    assert str(caught.value) == f"{caught.value.field}: {caught.value.problem}"
    return caught.value.code, caught.value.field.removeprefix("template.components."), caught.value.problem


def part(kind: str, *parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": kind, "parameters": list(parameters), **more}


def text(value: str, name: str | None = None) -> dict[str, Any]:
    return {"type": "text", "text": value} | ({"parameter_name": name} if name else {})


def button(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": [{"type": kind, "text": "Go", **more}]}


BODY = template({"type": "BODY", "text": "{{1}} and {{2}}, again {{1}}"})
NAMED = template({"type": "BODY", "text": "{{first}} {{last}}"}, named=True)


def test_what_fits_passes():
    check(BODY, [part("body", text("a"), text("b"))])
    check(BODY, [part("BODY", text("a"), text("b"))])
    check(NAMED, [part("body", text("b", "last"), text("a", "first"))])
    check(template({"type": "BODY", "text": "Plain"}), [])
    check(template({"type": "BODY", "text": "Plain"}, {"type": "FOOTER", "text": "Bye {{1}}"}), [])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_number_of_values_is_the_number_of_placeholders(count):
    problem = f"the template has 2 placeholders, {count} parameters were given"
    assert mismatch(BODY, part("body", *[text("x")] * count)) == (132000, "body", problem)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([text("a", "first")], "no value for the placeholder last"),
        ([text("a", "first"), text("b", "last"), text("c", "extra")], "the template has no placeholder extra"),
        ([text("a", "first"), text("b", "last"), text("c", "last")], "a placeholder was given twice"),
        ([text("a"), text("b")], "no value for the placeholder first"),
    ],
)
def test_named_values_go_by_their_names(given, problem):
    assert mismatch(NAMED, part("body", *given)) == (132000, "body", problem)


@pytest.mark.parametrize("value", ["", " ", None])
def test_no_placeholder_is_filled_with_nothing(value):
    given = part("body", text("a"), {"type": "text", "text": value})
    expected = (131008, "body.parameters.1.text", "is empty: Meta refuses empty placeholders")
    assert mismatch(BODY, given) == expected


@pytest.mark.parametrize("kind", ["currency", "date_time"])
def test_money_and_dates_fill_a_placeholder(kind):
    check(BODY, [part("body", text("a"), {"type": kind, kind: {"fallback_value": "x"}})])


def test_a_body_takes_no_picture():
    given = part("body", text("a"), {"type": "image", "image": {"id": "1"}})
    assert mismatch(BODY, given) == (132012, "body.parameters.1", "must be of type text, currency or date_time")


@pytest.mark.parametrize(("form", "kind"), [("IMAGE", "image"), ("VIDEO", "video"), ("DOCUMENT", "document")])
def test_a_media_header_takes_one_of_its_kind(form, kind):
    stored = template({"type": "HEADER", "format": form})
    check(stored, [part("header", {"type": kind, kind: {"id": "1"}})])
    assert mismatch(stored) == (132012, "header", f"the template wants one {kind} parameter, 0 were given")
    assert mismatch(stored, part("header", text("x"))) == (132012, "header.parameters.0", f"must be of type {kind}")
    empty = part("header", {"type": kind, kind: {}})
    assert mismatch(stored, empty) == (131008, f"header.parameters.0.{kind}", "is empty")


def test_a_location_header_takes_a_location():
    stored = template({"type": "HEADER", "format": "LOCATION"})
    check(stored, [part("header", {"type": "location", "location": {"latitude": 1, "longitude": 2}})])
    assert mismatch(stored)[2] == "the template wants one location parameter, 0 were given"


def test_a_text_header_takes_its_placeholder():
    stored = template({"type": "HEADER", "text": "Hola {{1}}"})
    check(stored, [part("header", text("Ana"))])
    assert mismatch(stored) == (132000, "header", "the template has 1 placeholders, 0 parameters were given")


def test_a_template_without_header_takes_none():
    check(BODY, [{"type": "header"}, part("body", text("a"), text("b"))])
    problem = "the template has no such part, 1 parameters were given"
    assert mismatch(BODY, part("header", text("x"))) == (132000, "header", problem)


def test_a_link_button_takes_the_end_of_its_address():
    stored = template(button("URL", url="https://x.y/{{1}}"))
    check(stored, [part("button", text("end"), sub_type="url", index="0")])
    check(stored, [part("button", text("end"), sub_type="url", index=0)])
    assert mismatch(stored) == (132000, "button.0", "the URL has 1 placeholders, 0 parameters were given")
    empty = part("button", text(""), sub_type="url", index="0")
    assert mismatch(stored, empty)[:2] == (131008, "button.0.parameters.0.text")


def test_a_fixed_link_takes_nothing():
    stored = template(button("URL", url="https://x.y"))
    check(stored, [])
    given = part("button", text("end"), sub_type="url", index="0")
    assert mismatch(stored, given) == (132000, "button.0", "the URL has 0 placeholders, 1 parameters were given")


@pytest.mark.parametrize(
    ("kind", "wanted"), [("COPY_CODE", "coupon_code"), ("OTP", "text"), ("MPM", "action"), ("SPM", "action")]
)
def test_some_buttons_need_their_parameter(kind, wanted):
    stored = template(button(kind))
    check(stored, [part("button", {"type": wanted, wanted: "x"}, sub_type=kind.lower(), index="0")])
    assert mismatch(stored) == (132000, "button.0", f"the button wants one {wanted} parameter, 0 were given")
    other = part("button", {"type": "payload", "payload": "x"}, sub_type=kind.lower(), index="0")
    assert mismatch(stored, other) == (132012, "button.0.parameters.0", f"must be of type {wanted}")


@pytest.mark.parametrize("kind", ["QUICK_REPLY", "PHONE_NUMBER", "FLOW", "CATALOG"])
def test_other_buttons_may_go_without(kind):
    check(template(button(kind)), [])
    check(template(button(kind)), [part("button", {"type": "payload", "payload": "x"}, sub_type="x", index="0")])


def test_a_button_that_is_not_there_takes_nothing():
    given = part("button", text("x"), sub_type="url", index="1")
    problem = "the template has 1 buttons, there is none with index 1"
    assert mismatch(template(button("QUICK_REPLY")), given) == (132000, "button", problem)


def test_an_offer_that_ends_says_when():
    stored = template({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Now", "has_expiration": True}})
    offer = {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1}}
    check(stored, [part("limited_time_offer", offer)])
    expected = (132000, "limited_time_offer", "the offer wants one expiration time, 0 were given")
    assert mismatch(stored) == expected
    check(template({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Now"}}), [])
    problem = "the template has no such part, 1 parameters were given"
    assert mismatch(template(), part("limited_time_offer", offer)) == (132000, "limited_time_offer", problem)


def card() -> dict[str, Any]:
    components = [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "{{1}}"},
        button("URL", url="https://x.y/{{1}}"),
    ]
    return {"components": components}


def filled(index: int, value: str = "x") -> dict[str, Any]:
    components = [
        part("header", {"type": "image", "image": {"id": "1"}}),
        part("body", text(value)),
        part("button", text("end"), sub_type="url", index="0"),
    ]
    return {"card_index": index, "components": components}


def test_each_card_is_filled():
    stored = template({"type": "CAROUSEL", "cards": [card(), card()]})
    check(stored, [{"type": "carousel", "cards": [filled(0), filled(1)]}])
    assert mismatch(stored) == (132000, "carousel", "the template has 2 cards, 0 were given")
    one_empty = {"type": "carousel", "cards": [filled(0), filled(1, "")]}
    assert mismatch(stored, one_empty)[:2] == (131008, "carousel.cards.1.body.parameters.0.text")
    no_picture = {"type": "carousel", "cards": [{"components": []}, filled(1)]}
    assert mismatch(stored, no_picture)[:2] == (132012, "carousel.cards.0.header")


def test_the_body_of_a_password_is_written_by_meta():
    new = StoredTemplate(name="login", language="es", category="AUTHENTICATION", components=[{"type": "BODY"}])
    check(new, [part("body", text("483920"))])
    assert mismatch(new)[0] == 132000
    check(StoredTemplate(name="plain", language="es", category="UTILITY", components=[{"type": "BODY"}]), [])


def test_each_part_of_a_card_is_named_by_its_place():
    stored = template({"type": "CAROUSEL", "cards": [card(), card()]})

    def without(place: int, kind: str) -> dict[str, Any]:
        cards = [filled(0), filled(1)]
        cards[place]["components"] = [part for part in cards[place]["components"] if part["type"] != kind]
        return {"type": "carousel", "cards": cards}

    assert mismatch(stored, without(1, "header"))[1] == "carousel.cards.1.header"
    assert mismatch(stored, without(1, "body"))[1] == "carousel.cards.1.body"
    assert mismatch(stored, without(0, "button"))[1] == "carousel.cards.0.button.0"
    assert mismatch(stored, {"type": "CAROUSEL", "cards": [filled(0)] * 3}) == (
        132000, "carousel", "the template has 2 cards, 3 were given",
    )  # fmt: skip
    assert mismatch(template(), {"type": "carousel", "cards": [filled(0)]})[1] == "carousel"
    check(template({"type": "CAROUSEL", "cards": [{}]}), [{"type": "carousel", "cards": [{}]}])


def test_the_names_of_a_card_are_those_of_its_template():
    named = template({"type": "CAROUSEL", "cards": [{"components": [{"type": "BODY", "text": "{{a}}"}]}]}, named=True)
    check(named, [{"type": "carousel", "cards": [{"components": [part("body", text("x", "a"))]}]}])
    wrong = {"type": "carousel", "cards": [{"components": [part("body", text("x"))]}]}
    assert mismatch(named, wrong) == (132000, "carousel.cards.0.body", "no value for the placeholder a")


@pytest.mark.parametrize(("form", "kind"), [("PRODUCT", "product"), ("product", "product"), ("location", "location")])
def test_a_header_of_another_kind_takes_one_of_it(form, kind):
    stored = template({"type": "HEADER", "format": form})
    check(stored, [part("header", {"type": kind, kind: {"id": "1"}})])
    two = part("header", *[{"type": kind, kind: {"id": "1"}}] * 2)
    assert mismatch(stored, two) == (132012, "header", f"the template wants one {kind} parameter, 2 were given")


def test_a_header_nobody_here_knows_is_for_meta_to_judge():
    check(template({"type": "HEADER", "format": "HOLOGRAM"}), [part("header", text("x"))])


def test_two_parameters_are_too_many_for_a_button():
    code = {"type": "coupon_code", "coupon_code": "x"}
    stored = template(button("COPY_CODE"))
    given = part("button", code, code, sub_type="copy_code", index="0")
    assert mismatch(stored, given) == (132000, "button.0", "the button wants one coupon_code parameter, 2 were given")
    empty = part("button", {"type": "coupon_code", "coupon_code": ""}, index="0")
    assert mismatch(stored, empty) == (131008, "button.0.parameters.0.coupon_code", "is empty")


def test_buttons_are_told_apart_by_their_index():
    two = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY"}, {"type": "url", "url": "https://x.y/{{1}}"}]}
    check(template(two), [part("BUTTON", text("end"), index=1)])
    wrong = part("button", text("end"), index="0")
    assert mismatch(template(two), wrong)[1] == "button.1"
    extra = part("button", text("x"), index="2")
    problem = "the template has 2 buttons, there is none with index 2"
    assert mismatch(template(two), part("button", text("end"), index="1"), extra) == (132000, "button", problem)
    assert (
        mismatch(template(), part("button", index="0"))[2] == "the template has 0 buttons, there is none with index 0"
    )


def test_only_the_first_of_two_equal_parts_counts():
    check(BODY, [part("body", text("a"), text("b")), part("body")])
    assert mismatch(BODY, part("body"), part("body", text("a"), text("b")))[1] == "body"


def test_an_offer_wants_exactly_one_end():
    stored = template({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"has_expiration": True}})
    offer = {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1}}
    assert mismatch(stored, part("limited_time_offer", offer, offer)) == (
        132000, "limited_time_offer", "the offer wants one expiration time, 2 were given",
    )  # fmt: skip
    check(template({"type": "LIMITED_TIME_OFFER"}), [part("limited_time_offer", offer)])


def test_a_link_takes_the_value_of_any_kind_but_no_picture():
    stored = template(button("URL", url="https://x.y/{{1}}"))
    image = part("button", {"type": "image", "image": {"id": "1"}}, index="0")
    assert mismatch(stored, image) == (
        132012, "button.0.parameters.0", "must be of type text, currency or date_time",
    )  # fmt: skip
    check(template(button("URL")), [])


def test_named_templates_count_too():
    extra = part("body", text("a", "first"), text("b", "last"), text("c", "z"), text("d", "y"))
    assert mismatch(NAMED, extra)[2] == "the template has no placeholder z"
    assert mismatch(NAMED)[2] == "no value for the placeholder first"
    headed = template({"type": "HEADER", "text": "{{x}}"}, named=True)
    assert mismatch(headed) == (132000, "header", "no value for the placeholder x")
    empty = part("body", text("a", "first"), text(" ", "last"))
    assert mismatch(NAMED, empty)[1] == "body.parameters.1.text"
