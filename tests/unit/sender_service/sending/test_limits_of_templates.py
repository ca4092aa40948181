"""Meta's limits of a template send, whatever the stored template says."""

from typing import Any

import pytest

from sender_service.sending.limits import check
from tests.unit.sender_service.sending.golden import changed, command, message, refusal


@pytest.mark.parametrize("name", ["Hello", "hello world", "hello\n", "h\u00e9llo"])
def test_template_names_are_written_in_metas_alphabet(name):
    wrong = refusal(changed(message("template_plain"), "template.name", name))
    assert str(wrong) == "template.name: only a-z, 0-9 and _"


def test_a_header_parameter_is_as_short_as_a_header():
    parameter = {"type": "text", "text": "x" * 60}
    data = message("template_plain")
    data["template"]["components"] = [{"type": "HEADER", "parameters": [parameter]}]
    assert check(command(data)) is None
    parameter["text"] += "x"
    wrong = refusal(data)
    assert (wrong.field, wrong.limit, wrong.length) == ("template.components.0.parameters.0.text", 60, 61)


def test_template_media_have_exactly_one_of_id_and_link():
    data = message("template_media_header")
    data["template"]["components"][0]["parameters"][0]["document"]["id"] = "1"
    wrong = refusal(data)
    assert (wrong.field, wrong.limit, wrong.length) == ("template.components.0.parameters.0.document", 1, 2)


@pytest.mark.parametrize(
    ("components", "field", "problem"),
    [
        ("x", "template.components", "must be an array"),
        (["x"], "template.components.0", "must be an object"),
        ([{"type": "body", "parameters": ["x"]}], "template.components.0.parameters.0", "must be an object"),
        (
            [{"type": "carousel", "cards": [{}, {}]}],
            "template.components.0.cards.0.card_index",
            "must be a whole number",
        ),
        ([{"type": 3}], "template.components.0.type", None),
        ([{"type": "poem"}], "template.components.0.type", None),
    ],
)
def test_broken_components_are_named(components, field, problem):
    wrong = refusal(changed(message("template_plain"), "template.components", components))
    assert wrong.field == field
    assert problem is None or wrong.problem == problem


def parameter(kind: str, **content: Any) -> dict[str, Any]:
    components = [{"type": "body", "parameters": [{"type": kind, **content}]}]
    return changed(message("template_plain"), "template.components", components)


PARAMETER = "template.components.0.parameters.0"


@pytest.mark.parametrize("kind", ["currency", "date_time"])
def test_money_and_dates_have_a_fallback(kind):
    assert check(command(parameter(kind, **{kind: {"fallback_value": "x" * 1024}}))) is None
    wrong = refusal(parameter(kind, **{kind: {"fallback_value": "x" * 1025}}))
    assert (wrong.field, wrong.limit) == (f"{PARAMETER}.{kind}.fallback_value", 1024)
    assert str(refusal(parameter(kind))) == f"{PARAMETER}.{kind}: is missing"
    assert str(refusal(parameter(kind, **{kind: {}}))) == f"{PARAMETER}.{kind}.fallback_value: is missing"


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_a_medium_of_a_template_is_named_once(kind):
    assert check(command(parameter(kind, **{kind: {"id": "1"}}))) is None
    assert check(command(parameter(kind, **{kind: {"link": "https://x.y"}}))) is None
    wrong = refusal(parameter(kind, **{kind: {}}))
    assert (str(wrong), wrong.limit, wrong.length) == (f"{PARAMETER}.{kind}: exactly one of id and link", 1, 0)
    assert str(refusal(parameter(kind, **{kind: "x"}))) == f"{PARAMETER}.{kind}: must be an object"


def test_a_parameter_nobody_here_knows_is_for_meta_to_judge():
    assert check(command(parameter("hologram"))) is None
    assert refusal(parameter("x" * 65)).field == f"{PARAMETER}.type"
    named = parameter("text", text="x", parameter_name="x" * 513)
    assert (refusal(named).field, refusal(named).limit) == (f"{PARAMETER}.parameter_name", 512)
    assert str(refusal(parameter("text", text="x" * 32769))).startswith(f"{PARAMETER}.text: at most 32768")


def test_only_in_a_header_a_text_is_as_short_as_a_header():
    for kind, fits in (("body", True), ("header", False), ("Header", False), ("button", True)):
        component = {"type": kind, "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": "x" * 61}]}
        data = changed(message("template_plain"), "template.components", [component])
        if fits:
            assert check(command(data)) is None
        else:
            assert refusal(data).limit == 60


@pytest.mark.parametrize("index", [0, "9", 9])
def test_a_button_of_a_template_has_a_place(index):
    button = {"type": "button", "sub_type": "url", "index": index}
    assert check(command(changed(message("template_plain"), "template.components", [button]))) is None
    wrong = refusal(changed(message("template_plain"), "template.components", [{**button, "index": 10}]))
    assert wrong.field == "template.components.0.index"
    assert (
        "index"
        in refusal(
            changed(message("template_plain"), "template.components", [{"type": "button", "sub_type": "url"}])
        ).field
    )


def test_the_cards_of_a_template_are_looked_into():
    path = "template.components.1.cards.1.components.0"
    wrong = refusal(changed(message("template_carousel"), f"{path}.type", "poem"))
    kinds = "body, button, carousel, footer, header, limited_time_offer, order_status"
    assert str(wrong) == f"{path}.type: must be one of {kinds}"
    wrong = refusal(changed(message("template_carousel"), "template.components.1.cards.0.card_index", "0"))
    assert str(wrong) == "template.components.1.cards.0.card_index: must be a whole number"


@pytest.mark.parametrize("kind", ["HEADER", "Body", "footer", "LIMITED_TIME_OFFER", "order_status"])
def test_the_type_of_a_component_may_be_written_in_either_case(kind):
    data = changed(message("template_plain"), "template.components", [{"type": kind}])
    assert check(command(data)) is None
