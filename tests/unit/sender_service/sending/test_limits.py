"""Meta's limits: one row at each limit and one past it, with field, limit and length named."""

from copy import deepcopy
from typing import Any

import pytest

from sender_service.sending.limits import check
from tests.unit.sender_service.sending.golden import ACTION, changed, command, message, refusal, without

LENGTHS = [
    # golden command, field, most characters
    ("text", "text.body", 4096),
    ("image_link", "image.link", 2000),
    ("image_id", "image.id", 512),
    ("image_id", "image.caption", 1024),
    ("video_link", "video.caption", 1024),
    ("document_link", "document.caption", 1024),
    ("document_link", "document.filename", 512),
    ("location", "location.name", 1000),
    ("location", "location.address", 1000),
    ("contacts", "contacts.0.name.formatted_name", 1024),
    ("reaction", "reaction.message_id", 512),
    ("reaction", "reaction.emoji", 64),
    ("mark_read", "mark_read.message_id", 512),
    ("button", "interactive.header.text", 60),
    ("button", "interactive.body.text", 1024),
    ("button", "interactive.footer.text", 60),
    ("button", f"{ACTION}.buttons.0.reply.id", 256),
    ("button", f"{ACTION}.buttons.1.reply.title", 20),
    ("list", "interactive.header.text", 60),
    ("list", "interactive.body.text", 4096),
    ("list", "interactive.footer.text", 60),
    ("list", f"{ACTION}.button", 20),
    ("list", f"{ACTION}.sections.1.title", 24),
    ("list", f"{ACTION}.sections.0.rows.0.id", 200),
    ("list", f"{ACTION}.sections.0.rows.1.title", 24),
    ("list", f"{ACTION}.sections.0.rows.0.description", 72),
    ("cta_url", "interactive.header.text", 60),
    ("cta_url", "interactive.body.text", 1024),
    ("cta_url", "interactive.footer.text", 60),
    ("cta_url", f"{ACTION}.parameters.display_text", 20),
    ("cta_url", f"{ACTION}.parameters.url", 2000),
    ("location_request", "interactive.body.text", 1024),
    ("flow", f"{ACTION}.parameters.flow_cta", 30),
    ("product", "interactive.body.text", 1024),
    ("product", f"{ACTION}.catalog_id", 256),
    ("product", f"{ACTION}.product_retailer_id", 256),
    ("product_list", "interactive.header.text", 60),
    ("product_list", f"{ACTION}.catalog_id", 256),
    ("product_list", f"{ACTION}.sections.0.title", 24),
    ("product_list", f"{ACTION}.sections.1.product_items.0.product_retailer_id", 256),
    ("catalog_message", "interactive.body.text", 1024),
    ("catalog_message", "interactive.footer.text", 60),
    ("carousel_media", "interactive.body.text", 1024),
    ("carousel_media", f"{ACTION}.cards.0.body.text", 160),
    ("carousel_media", f"{ACTION}.cards.1.action.parameters.display_text", 20),
    ("carousel_media", f"{ACTION}.cards.1.action.parameters.url", 2000),
    ("template_plain", "template.name", 512),
    ("template_plain", "template.language.code", 16),
    ("template_positional", "template.components.0.parameters.0.text", 32768),
    ("template_named", "template.components.0.parameters.0.parameter_name", 512),
    ("template_buttons", "template.components.0.sub_type", 64),
    ("template_media_header", "template.components.1.parameters.1.currency.fallback_value", 1024),
]
WEBSITES = {"link", "url"}


def filled(field: str, length: int) -> str:
    head = "https://" if field.rpartition(".")[2] in WEBSITES else ""
    return head + "x" * (length - len(head))


@pytest.mark.parametrize(("name", "field", "most"), LENGTHS)
def test_a_text_at_its_limit_passes_and_one_more_character_does_not(name, field, most):
    assert check(command(changed(message(name), field, filled(field, most)))) is None
    wrong = refusal(changed(message(name), field, filled(field, most + 1)))
    assert (wrong.field, wrong.limit, wrong.length) == (field, most, most + 1)
    assert str(wrong) == f"{field}: at most {most} characters, was {most + 1}"


MAY_BE_EMPTY = {"caption", "name", "address", "description", "emoji"}


@pytest.mark.parametrize(("name", "field", "most"), LENGTHS)
def test_an_empty_text_is_refused_where_it_says_something(name, field, most):
    data = changed(message(name), field, "")
    if field.rpartition(".")[2] in MAY_BE_EMPTY and field != "template.name":
        assert check(command(data)) is None
    else:
        wrong = refusal(data)
        assert (wrong.field, wrong.limit, wrong.length) == (field, 1, 0)
        assert wrong.problem == "at least 1 characters, was 0"


@pytest.mark.parametrize(("name", "field", "most"), LENGTHS)
def test_a_text_is_a_text(name, field, most):
    wrong = refusal(changed(message(name), field, 7))
    assert (wrong.field, wrong.problem) == (field, "must be a text")
    assert refusal(changed(message(name), field, None)).problem == "must not be null"


def many(item: Any, count: int) -> list[Any]:
    return [deepcopy(item) for _ in range(count)]


def reply(index: int) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": f"b{index}", "title": f"Button {index}"}}


def section(rows: int, title: str = "T") -> dict[str, Any]:
    return {"title": title, "rows": many({"id": "r", "title": "R"}, rows)}


def shelf(products: int) -> dict[str, Any]:
    return {"title": "T", "product_items": many({"product_retailer_id": "sku"}, products)}


CARD = message("carousel_media")["interactive"]["action"]["cards"][0]
TEMPLATE_CARD = message("template_carousel")["template"]["components"][1]["cards"][0]
COUNTS = [
    # golden command, where, what fits, what does not, the field named, limit, length
    ("contacts", "contacts", many({"name": {"formatted_name": "A"}}, 257), None, "contacts", 257, 258),
    ("contacts", "contacts", many({"name": {"formatted_name": "A"}}, 1), [], "contacts", 1, 0),
    ("button", f"{ACTION}.buttons", [reply(i) for i in range(3)], None, f"{ACTION}.buttons", 3, 4),
    ("button", f"{ACTION}.buttons", [reply(1)], [], f"{ACTION}.buttons", 1, 0),
    ("list", f"{ACTION}.sections", many(section(1), 10), None, f"{ACTION}.sections", 10, 11),
    ("list", f"{ACTION}.sections", [section(1)], [], f"{ACTION}.sections", 1, 0),
    ("list", f"{ACTION}.sections.0.rows", many({"id": "r", "title": "R"}, 9), many({"id": "r", "title": "R"}, 10),
     f"{ACTION}.sections", 10, 11),
    ("list", f"{ACTION}.sections", [section(10)], [section(11)], f"{ACTION}.sections.0.rows", 10, 11),
    ("list", f"{ACTION}.sections", [section(5), section(5)], [section(5), section(6)],
     f"{ACTION}.sections", 10, 11),
    ("list", f"{ACTION}.sections", [section(1)], [section(0)], f"{ACTION}.sections.0.rows", 1, 0),
    ("product_list", f"{ACTION}.sections", many(shelf(1), 10), None, f"{ACTION}.sections", 10, 11),
    ("product_list", f"{ACTION}.sections", [shelf(30)], [shelf(31)],
     f"{ACTION}.sections.0.product_items", 30, 31),
    ("product_list", f"{ACTION}.sections", [shelf(15), shelf(15)], [shelf(15), shelf(16)],
     f"{ACTION}.sections", 30, 31),
    ("product_list", f"{ACTION}.sections", [shelf(1)], [shelf(0)],
     f"{ACTION}.sections.0.product_items", 1, 0),
    ("carousel_media", f"{ACTION}.cards", many(CARD, 10), None, f"{ACTION}.cards", 10, 11),
    ("carousel_media", f"{ACTION}.cards", many(CARD, 2), many(CARD, 1), f"{ACTION}.cards", 2, 1),
    ("carousel_media", f"{ACTION}.cards.0.body.text", "a\nb\nc", "a\nb\nc\nd",
     f"{ACTION}.cards.0.body.text", 2, 3),
    ("template_carousel", "template.components.1.cards", many(TEMPLATE_CARD, 10), None,
     "template.components.1.cards", 10, 11),
    ("template_carousel", "template.components.1.cards", many(TEMPLATE_CARD, 2), many(TEMPLATE_CARD, 1),
     "template.components.1.cards", 2, 1),
    ("template_plain", "template.components", many({"type": "body"}, 16), None, "template.components", 16, 17),
    ("template_positional", "template.components.0.parameters", many({"type": "text", "text": "a"}, 100), None,
     "template.components.0.parameters", 100, 101),
]  # fmt: skip


@pytest.mark.parametrize("case", COUNTS)
def test_a_count_at_its_limit_passes_and_one_past_it_does_not(case):
    name, path, fits, too_much, field, limit, length = case
    assert check(command(changed(message(name), path, fits))) is None
    one_more = [*fits, deepcopy(fits[-1])] if too_much is None else too_much
    wrong = refusal(changed(message(name), path, one_more))
    assert (wrong.field, wrong.limit, wrong.length) == (field, limit, length)
    assert wrong.problem.startswith(f"at {'most' if length > limit else 'least'} {limit} ")
    assert wrong.problem.endswith(f", was {length}")


ARRAYS = [
    ("button", f"{ACTION}.buttons"),
    ("list", f"{ACTION}.sections"),
    ("list", f"{ACTION}.sections.0.rows"),
    ("product_list", f"{ACTION}.sections"),
    ("product_list", f"{ACTION}.sections.1.product_items"),
    ("carousel_media", f"{ACTION}.cards"),
    ("template_plain", "template.components"),
    ("template_positional", "template.components.0.parameters"),
    ("template_carousel", "template.components.1.cards"),
    ("template_carousel", "template.components.1.cards.1.components"),
]


@pytest.mark.parametrize(("name", "path"), ARRAYS)
def test_what_has_to_be_an_array_of_objects_is_one(name, path):
    assert str(refusal(changed(message(name), path, "text"))) == f"{path}: must be an array"
    assert str(refusal(changed(message(name), path, None))) == f"{path}: must not be null"
    assert str(refusal(changed(message(name), path, ["text", {}, {}]))) == f"{path}.0: must be an object"


@pytest.mark.parametrize(
    ("name", "path", "problem"),
    [
        ("contacts", "contacts", "at least 1 elements, was 0"),
        ("button", f"{ACTION}.buttons", "at least 1 elements, was 0"),
        ("carousel_media", f"{ACTION}.cards", "at least 2 elements, was 0"),
        ("template_carousel", "template.components.1.cards", "at least 2 elements, was 0"),
    ],
)
def test_an_empty_array_is_too_short(name, path, problem):
    assert str(refusal(changed(message(name), path, []))) == f"{path}: {problem}"


def test_templates_may_have_no_components_and_components_no_parameters():
    assert check(command(changed(message("template_plain"), "template.components", []))) is None
    assert check(command(changed(message("template_positional"), "template.components.0.parameters", []))) is None


REQUIRED = [
    ("text", "text.body"),
    ("location", "location.latitude"),
    ("location", "location.longitude"),
    ("contacts", "contacts.0.name.formatted_name"),
    ("reaction", "reaction.message_id"),
    ("reaction", "reaction.emoji"),
    ("mark_read", "mark_read.message_id"),
    ("mark_read_typing", "typing_indicator.type"),
    ("button", "interactive.type"),
    ("button", f"{ACTION}.buttons"),
    ("button", f"{ACTION}.buttons.0.type"),
    ("button", f"{ACTION}.buttons.0.reply.id"),
    ("button", f"{ACTION}.buttons.0.reply.title"),
    ("button", "interactive.header.type"),
    ("button", "interactive.header.text"),
    ("button", "interactive.body.text"),
    ("button", "interactive.footer.text"),
    ("list", f"{ACTION}.button"),
    ("list", f"{ACTION}.sections"),
    ("list", f"{ACTION}.sections.0.title"),
    ("list", f"{ACTION}.sections.0.rows"),
    ("list", f"{ACTION}.sections.0.rows.0.id"),
    ("list", f"{ACTION}.sections.0.rows.0.title"),
    ("cta_url", f"{ACTION}.name"),
    ("cta_url", f"{ACTION}.parameters.display_text"),
    ("cta_url", f"{ACTION}.parameters.url"),
    ("location_request", f"{ACTION}.name"),
    ("flow", f"{ACTION}.name"),
    ("flow", f"{ACTION}.parameters.flow_message_version"),
    ("flow", f"{ACTION}.parameters.flow_cta"),
    ("product", f"{ACTION}.catalog_id"),
    ("product", f"{ACTION}.product_retailer_id"),
    ("product_list", f"{ACTION}.catalog_id"),
    ("product_list", f"{ACTION}.sections"),
    ("product_list", f"{ACTION}.sections.0.product_items"),
    ("product_list", f"{ACTION}.sections.0.product_items.0.product_retailer_id"),
    ("catalog_message", f"{ACTION}.name"),
    ("carousel_media", f"{ACTION}.cards"),
    ("carousel_media", f"{ACTION}.cards.0.action.parameters.url"),
    ("carousel_media", f"{ACTION}.cards.0.action.parameters.display_text"),
    ("address_message", f"{ACTION}.parameters.country"),
    ("request_contact_info", f"{ACTION}.name"),
    ("voice_call", f"{ACTION}.name"),
    ("call_permission_request", f"{ACTION}.name"),
    ("template_plain", "template.name"),
    ("template_plain", "template.language.code"),
    ("template_positional", "template.components.0.parameters.0.type"),
    ("template_positional", "template.components.0.parameters.0.text"),
    ("template_buttons", "template.components.0.sub_type"),
]


@pytest.mark.parametrize(("name", "field"), REQUIRED)
def test_what_meta_requires_is_required(name, field):
    wrong = refusal(without(message(name), field))
    assert wrong.field == ("mark_read." + field if name == "mark_read_typing" else field)
    assert wrong.problem == "is missing"


@pytest.mark.parametrize(
    ("name", "path", "field"),
    [
        ("contacts", "contacts.0.name", "contacts.0.name"),
        ("button", "interactive.body", "interactive.body"),
        ("button", ACTION, ACTION),
        ("button", f"{ACTION}.buttons.0.reply", f"{ACTION}.buttons.0.reply"),
        ("button_media_header", "interactive.header.image", "interactive.header.image"),
        ("product_list", "interactive.header", "interactive.header"),
        ("flow", f"{ACTION}.parameters", f"{ACTION}.parameters"),
        ("carousel_media", f"{ACTION}.cards.0.action", f"{ACTION}.cards.0.action"),
        ("template_plain", "template.language", "template.language"),
    ],
)
def test_what_has_to_be_an_object_is_one(name, path, field):
    gone = refusal(without(message(name), path))
    assert (gone.field, gone.problem) == (field, "is missing")
    wrong = refusal(changed(message(name), path, "text"))
    assert (wrong.field, wrong.problem) == (field, "must be an object")


ONE_OF = [
    ("button", f"{ACTION}.buttons.0.type", "url", "reply"),
    ("button", "interactive.header.type", "audio", "document, image, text, video"),
    ("list", "interactive.header.type", "image", "text"),
    ("product_list", "interactive.header.type", "image", "text"),
    ("carousel_media", f"{ACTION}.cards.0.header.type", "text", "image, video"),
    ("flow", f"{ACTION}.parameters.flow_message_version", "2", "3"),
    ("flow", f"{ACTION}.parameters.flow_action", "jump", "data_exchange, navigate"),
    ("flow", f"{ACTION}.parameters.mode", "x", "draft, published"),
    ("address_message", f"{ACTION}.parameters.country", "MX", "IN"),
    ("location_request", f"{ACTION}.name", "x", "send_location"),
    ("catalog_message", f"{ACTION}.name", "x", "catalog_message"),
    ("cta_url", f"{ACTION}.name", "x", "cta_url"),
    ("mark_read_typing", "typing_indicator.type", "audio", "text"),
    ("template_buttons", "template.components.0.index", "10", "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
]


@pytest.mark.parametrize(("name", "path", "value", "allowed"), ONE_OF)
def test_what_is_one_of_a_few_is_one_of_them(name, path, value, allowed):
    wrong = refusal(changed(message(name), path, value))
    assert wrong.field.endswith(path)
    assert wrong.problem == f"must be one of {allowed}"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("flow", f"{ACTION}.parameters.flow_action"),
        ("product", "interactive.body"),
        ("product", "interactive.footer"),
        ("voice_call", "interactive.body"),
        ("call_permission_request", "interactive.body"),
        ("button", "interactive.header"),
        ("button", "interactive.footer"),
        ("carousel_media", f"{ACTION}.cards.0.body"),
        ("list", f"{ACTION}.sections.0.rows.0.description"),
    ],
)
def test_what_meta_does_not_require_may_be_left_out(name, path):
    assert check(command(without(message(name), path))) is None


@pytest.mark.parametrize(
    ("name", "unit", "rows"), [("list", "rows", section(6)), ("product_list", "products", shelf(16))]
)
def test_a_total_is_told_as_one(name, unit, rows):
    wrong = refusal(changed(message(name), f"{ACTION}.sections", [rows, rows]))
    most, count = (10, 12) if name == "list" else (30, 32)
    assert wrong.problem == f"at most {most} {unit} in all sections together, was {count}"
