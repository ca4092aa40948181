"""Meta's limits: one row at each limit and one past it, with field, limit and length named."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from sender_service.sending import limits, limits_interactive, limits_template
from sender_service.sending.limits import Invalid, check
from shared.contracts.send_message import SendMessage, from_data

DATA = Path(__file__).parents[3] / "data"
DOCUMENTED = orjson.loads((DATA / "meta/outbound-limits.json").read_bytes())


def message(name: str) -> dict[str, Any]:
    """The data of a golden command."""
    sample: dict[str, Any] = orjson.loads((DATA / f"contracts/send_message/{name}.json").read_bytes())
    data: dict[str, Any] = sample["command"]["data"]
    return data


def command(data: dict[str, Any]) -> SendMessage:
    return from_data(data, source="s", id="1")


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the value at that dotted path."""
    copy = deepcopy(data)
    owner: Any = copy
    *way, last = path.split(".")
    for step in way:
        owner = owner[int(step)] if isinstance(owner, list) else owner[step]
    owner[int(last) if isinstance(owner, list) else last] = value
    return copy


def refusal(data: dict[str, Any]) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(command(data))
    return caught.value


INTERACTIVE = "interactive.action"
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
    ("button", f"{INTERACTIVE}.buttons.0.reply.id", 256),
    ("button", f"{INTERACTIVE}.buttons.1.reply.title", 20),
    ("list", "interactive.header.text", 60),
    ("list", "interactive.body.text", 4096),
    ("list", "interactive.footer.text", 60),
    ("list", f"{INTERACTIVE}.button", 20),
    ("list", f"{INTERACTIVE}.sections.1.title", 24),
    ("list", f"{INTERACTIVE}.sections.0.rows.0.id", 200),
    ("list", f"{INTERACTIVE}.sections.0.rows.1.title", 24),
    ("list", f"{INTERACTIVE}.sections.0.rows.0.description", 72),
    ("cta_url", "interactive.header.text", 60),
    ("cta_url", "interactive.body.text", 1024),
    ("cta_url", "interactive.footer.text", 60),
    ("cta_url", f"{INTERACTIVE}.parameters.display_text", 20),
    ("cta_url", f"{INTERACTIVE}.parameters.url", 2000),
    ("location_request", "interactive.body.text", 1024),
    ("flow", f"{INTERACTIVE}.parameters.flow_cta", 30),
    ("product", "interactive.body.text", 1024),
    ("product", f"{INTERACTIVE}.catalog_id", 256),
    ("product", f"{INTERACTIVE}.product_retailer_id", 256),
    ("product_list", "interactive.header.text", 60),
    ("product_list", f"{INTERACTIVE}.catalog_id", 256),
    ("product_list", f"{INTERACTIVE}.sections.0.title", 24),
    ("product_list", f"{INTERACTIVE}.sections.1.product_items.0.product_retailer_id", 256),
    ("catalog_message", "interactive.body.text", 1024),
    ("catalog_message", "interactive.footer.text", 60),
    ("carousel_media", "interactive.body.text", 1024),
    ("carousel_media", f"{INTERACTIVE}.cards.0.body.text", 160),
    ("carousel_media", f"{INTERACTIVE}.cards.1.action.parameters.display_text", 20),
    ("carousel_media", f"{INTERACTIVE}.cards.1.action.parameters.url", 2000),
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
    ("button", f"{INTERACTIVE}.buttons", [reply(i) for i in range(3)], None, f"{INTERACTIVE}.buttons", 3, 4),
    ("button", f"{INTERACTIVE}.buttons", [reply(1)], [], f"{INTERACTIVE}.buttons", 1, 0),
    ("list", f"{INTERACTIVE}.sections", many(section(1), 10), None, f"{INTERACTIVE}.sections", 10, 11),
    ("list", f"{INTERACTIVE}.sections", [section(1)], [], f"{INTERACTIVE}.sections", 1, 0),
    ("list", f"{INTERACTIVE}.sections.0.rows", many({"id": "r", "title": "R"}, 9), many({"id": "r", "title": "R"}, 10),
     f"{INTERACTIVE}.sections", 10, 11),
    ("list", f"{INTERACTIVE}.sections", [section(10)], [section(11)], f"{INTERACTIVE}.sections.0.rows", 10, 11),
    ("list", f"{INTERACTIVE}.sections", [section(5), section(5)], [section(5), section(6)],
     f"{INTERACTIVE}.sections", 10, 11),
    ("list", f"{INTERACTIVE}.sections", [section(1)], [section(0)], f"{INTERACTIVE}.sections.0.rows", 1, 0),
    ("product_list", f"{INTERACTIVE}.sections", many(shelf(1), 10), None, f"{INTERACTIVE}.sections", 10, 11),
    ("product_list", f"{INTERACTIVE}.sections", [shelf(30)], [shelf(31)],
     f"{INTERACTIVE}.sections.0.product_items", 30, 31),
    ("product_list", f"{INTERACTIVE}.sections", [shelf(15), shelf(15)], [shelf(15), shelf(16)],
     f"{INTERACTIVE}.sections", 30, 31),
    ("product_list", f"{INTERACTIVE}.sections", [shelf(1)], [shelf(0)],
     f"{INTERACTIVE}.sections.0.product_items", 1, 0),
    ("carousel_media", f"{INTERACTIVE}.cards", many(CARD, 10), None, f"{INTERACTIVE}.cards", 10, 11),
    ("carousel_media", f"{INTERACTIVE}.cards", many(CARD, 2), many(CARD, 1), f"{INTERACTIVE}.cards", 2, 1),
    ("carousel_media", f"{INTERACTIVE}.cards.0.body.text", "a\nb\nc", "a\nb\nc\nd",
     f"{INTERACTIVE}.cards.0.body.text", 2, 3),
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


def without(data: dict[str, Any], path: str) -> dict[str, Any]:
    copy = deepcopy(data)
    owner: Any = copy
    *way, last = path.split(".")
    for step in way:
        owner = owner[int(step)] if isinstance(owner, list) else owner[step]
    del owner[last]
    return copy


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
    ("button", f"{INTERACTIVE}.buttons"),
    ("button", f"{INTERACTIVE}.buttons.0.type"),
    ("button", f"{INTERACTIVE}.buttons.0.reply.id"),
    ("button", f"{INTERACTIVE}.buttons.0.reply.title"),
    ("button", "interactive.header.type"),
    ("button", "interactive.header.text"),
    ("button", "interactive.body.text"),
    ("button", "interactive.footer.text"),
    ("list", f"{INTERACTIVE}.button"),
    ("list", f"{INTERACTIVE}.sections"),
    ("list", f"{INTERACTIVE}.sections.0.title"),
    ("list", f"{INTERACTIVE}.sections.0.rows"),
    ("list", f"{INTERACTIVE}.sections.0.rows.0.id"),
    ("list", f"{INTERACTIVE}.sections.0.rows.0.title"),
    ("cta_url", f"{INTERACTIVE}.name"),
    ("cta_url", f"{INTERACTIVE}.parameters.display_text"),
    ("cta_url", f"{INTERACTIVE}.parameters.url"),
    ("location_request", f"{INTERACTIVE}.name"),
    ("flow", f"{INTERACTIVE}.name"),
    ("flow", f"{INTERACTIVE}.parameters.flow_message_version"),
    ("flow", f"{INTERACTIVE}.parameters.flow_cta"),
    ("product", f"{INTERACTIVE}.catalog_id"),
    ("product", f"{INTERACTIVE}.product_retailer_id"),
    ("product_list", f"{INTERACTIVE}.catalog_id"),
    ("product_list", f"{INTERACTIVE}.sections"),
    ("product_list", f"{INTERACTIVE}.sections.0.product_items"),
    ("product_list", f"{INTERACTIVE}.sections.0.product_items.0.product_retailer_id"),
    ("catalog_message", f"{INTERACTIVE}.name"),
    ("carousel_media", f"{INTERACTIVE}.cards"),
    ("carousel_media", f"{INTERACTIVE}.cards.0.action.parameters.url"),
    ("carousel_media", f"{INTERACTIVE}.cards.0.action.parameters.display_text"),
    ("address_message", f"{INTERACTIVE}.parameters.country"),
    ("request_contact_info", f"{INTERACTIVE}.name"),
    ("voice_call", f"{INTERACTIVE}.name"),
    ("call_permission_request", f"{INTERACTIVE}.name"),
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
        ("button", INTERACTIVE, INTERACTIVE),
        ("button", f"{INTERACTIVE}.buttons.0.reply", f"{INTERACTIVE}.buttons.0.reply"),
        ("button_media_header", "interactive.header.image", "interactive.header.image"),
        ("product_list", "interactive.header", "interactive.header"),
        ("flow", f"{INTERACTIVE}.parameters", f"{INTERACTIVE}.parameters"),
        ("carousel_media", f"{INTERACTIVE}.cards.0.action", f"{INTERACTIVE}.cards.0.action"),
        ("template_plain", "template.language", "template.language"),
    ],
)
def test_what_has_to_be_an_object_is_one(name, path, field):
    gone = refusal(without(message(name), path))
    assert (gone.field, gone.problem) == (field, "is missing")
    wrong = refusal(changed(message(name), path, "text"))
    assert (wrong.field, wrong.problem) == (field, "must be an object")


@pytest.mark.parametrize("name", ["image_id", "video_link", "audio_voice", "document_link", "sticker_id"])
def test_media_have_exactly_one_of_id_and_link(name):
    data = message(name)
    kind = data["type"]
    media = {key: value for key, value in data[kind].items() if key not in {"id", "link"}}
    both = refusal(data | {kind: media | {"id": "1", "link": "https://x.y"}})
    neither = refusal(data | {kind: media})
    assert (both.field, both.limit, both.length) == (kind, 1, 2)
    assert (neither.field, neither.limit, neither.length) == (kind, 1, 0)
    assert neither.problem == "exactly one of id and link"
    assert check(command(data | {kind: media | {"id": "1"}})) is None
    assert check(command(data | {kind: media | {"link": "http://x.y"}})) is None


@pytest.mark.parametrize("kind", ["audio", "sticker"])
def test_audio_and_stickers_have_no_caption(kind):
    data = {"phone_number_id": "1", "to": "+1", "type": kind, kind: {"id": "1", "caption": "x"}}
    assert str(refusal(data)) == f"{kind}.caption: {kind} has no caption"


ONE_OF = [
    ("button", f"{INTERACTIVE}.buttons.0.type", "url", "reply"),
    ("button", "interactive.header.type", "audio", "document, image, text, video"),
    ("list", "interactive.header.type", "image", "text"),
    ("product_list", "interactive.header.type", "image", "text"),
    ("carousel_media", f"{INTERACTIVE}.cards.0.header.type", "text", "image, video"),
    ("flow", f"{INTERACTIVE}.parameters.flow_message_version", "2", "3"),
    ("flow", f"{INTERACTIVE}.parameters.flow_action", "jump", "data_exchange, navigate"),
    ("flow", f"{INTERACTIVE}.parameters.mode", "x", "draft, published"),
    ("address_message", f"{INTERACTIVE}.parameters.country", "MX", "IN"),
    ("location_request", f"{INTERACTIVE}.name", "x", "send_location"),
    ("catalog_message", f"{INTERACTIVE}.name", "x", "catalog_message"),
    ("cta_url", f"{INTERACTIVE}.name", "x", "cta_url"),
    ("mark_read_typing", "typing_indicator.type", "audio", "text"),
    ("template_buttons", "template.components.0.index", "10", "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
]


@pytest.mark.parametrize(("name", "path", "value", "allowed"), ONE_OF)
def test_what_is_one_of_a_few_is_one_of_them(name, path, value, allowed):
    wrong = refusal(changed(message(name), path, value))
    assert wrong.field.endswith(path)
    assert wrong.problem == f"must be one of {allowed}"


@pytest.mark.parametrize(
    ("latitude", "fits"), [(90, True), (-90, True), ("21.16", True), (90.01, False), ("x", False), (True, False)]
)
def test_latitude_is_on_this_earth(latitude, fits):
    data = changed(message("location"), "location.latitude", latitude)
    if fits:
        assert check(command(data)) is None
    else:
        assert str(refusal(data)) == "location.latitude: must be a number from -90 to 90"


@pytest.mark.parametrize(("longitude", "fits"), [(180, True), (-180, True), (180.01, False), (-181, False)])
def test_longitude_is_on_this_earth(longitude, fits):
    data = changed(message("location"), "location.longitude", longitude)
    if fits:
        assert check(command(data)) is None
    else:
        assert refusal(data).problem == "must be a number from -180 to 180"


def test_button_titles_are_unique():
    data = changed(message("button"), f"{INTERACTIVE}.buttons.1.reply.title", "Sí")
    assert str(refusal(data)) == "interactive.action.buttons: titles must be unique"


def test_cards_have_the_same_type_of_header():
    video = {"type": "video", "video": {"id": "1"}}
    data = changed(message("carousel_media"), f"{INTERACTIVE}.cards.1.header", video)
    assert str(refusal(data)) == "interactive.action.cards: all cards must have the same type of header"


def test_a_card_may_carry_quick_replies():
    cards = [
        {"action": {"buttons": [{"type": "quick_reply", "quick_reply": {"id": "a", "title": "x" * 20}}]}} for _ in "ab"
    ]
    data = changed(message("carousel_media"), f"{INTERACTIVE}.cards", cards)
    assert check(command(data)) is None
    path = f"{INTERACTIVE}.cards.1.action.buttons.0.quick_reply.title"
    wrong = refusal(changed(data, path, "x" * 21))
    assert (wrong.field, wrong.limit, wrong.length) == (path, 20, 21)


@pytest.mark.parametrize(("given", "length"), [({"flow_id": "1", "flow_name": "n"}, 2), ({}, 0)])
def test_a_flow_is_named_once(given, length):
    data = without(message("flow"), f"{INTERACTIVE}.parameters.flow_id")
    data["interactive"]["action"]["parameters"] |= given
    wrong = refusal(data)
    assert (wrong.field, wrong.limit, wrong.length) == (f"{INTERACTIVE}.parameters", 1, length)


def test_one_section_needs_no_title():
    for name, path in (("list", "rows"), ("product_list", "product_items")):
        data = message(name)
        data["interactive"]["action"]["sections"] = [{path: data["interactive"]["action"]["sections"][0][path]}]
        assert check(command(data)) is None


def test_a_reaction_cannot_be_a_reply():
    data = message("reaction") | {"context": {"message_id": "wamid.1"}}
    assert str(refusal(data)) == "context: a reaction cannot be a reply"


def test_preview_and_voice_are_yes_or_no():
    assert (
        str(refusal(changed(message("text"), "text.preview_url", "yes"))) == "text.preview_url: must be true or false"
    )
    assert str(refusal(changed(message("audio_voice"), "audio.voice", 1))) == "audio.voice: must be true or false"


@pytest.mark.parametrize(("name", "path"), [("image_link", "image.link"), ("cta_url", f"{INTERACTIVE}.parameters.url")])
def test_an_address_is_one_of_the_web(name, path):
    assert refusal(changed(message(name), path, "ftp://x.y")).problem == "must begin with http:// or https://"


def test_an_unknown_interactive_type_passes_only_if_the_command_says_so():
    data = {"phone_number_id": "1", "to": "+1", "type": "interactive", "interactive": {"type": "poll"}}
    problem = "is not a type we know; set allow_unknown_type to pass it on as it is"
    assert str(refusal(data)) == f"interactive.type: {problem}"
    warning = "interactive type poll is not known here and goes to Meta as it is"
    assert check(command(data | {"allow_unknown_type": True})) == warning


def test_template_names_are_written_in_metas_alphabet():
    assert (
        str(refusal(changed(message("template_plain"), "template.name", "Hello")))
        == "template.name: only a-z, 0-9 and _"
    )


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


def test_our_limits_are_the_documented_ones():
    doc = DOCUMENTED
    buttons, lists, carousel = doc["interactive"]["button"], doc["interactive"]["list"], doc["interactive"]["carousel"]
    assert doc["text"]["body_max"] == limits.BODY_MAX
    assert doc["media"]["caption_max"] == limits.CAPTION_MAX
    assert doc["contacts"]["max"] == limits.CONTACTS_MAX
    assert buttons["body_max"] == limits_interactive.BODY_MAX
    assert buttons["footer_max"] == lists["footer_max"] == limits_interactive.FOOTER_MAX
    assert buttons["title_max"] == lists["button_max"] == limits_interactive.TITLE_MAX
    assert lists["body_max"] == limits_interactive.LIST_BODY_MAX
    assert lists["header_text_max"] == limits_interactive.HEADER_MAX
    assert lists["rows_total_max"] == limits_interactive.ROWS_MAX
    assert doc["interactive"]["product_list"]["products_total_max"] == limits_interactive.PRODUCTS_MAX
    assert carousel["card_body_max"] == limits_interactive.CARD_BODY_MAX
    assert carousel["card_body_line_breaks_max"] == limits_interactive.CARD_LINE_BREAKS_MAX
    assert doc["templates"]["name_max"] == limits_template.NAME_MAX
    assert doc["templates"]["header_text_max"] == limits_template.HEADER_MAX
    assert doc["templates"]["buttons_max"] == limits_template.BUTTONS_MAX


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("flow", f"{INTERACTIVE}.parameters.flow_action"),
        ("product", "interactive.body"),
        ("product", "interactive.footer"),
        ("voice_call", "interactive.body"),
        ("call_permission_request", "interactive.body"),
        ("button", "interactive.header"),
        ("button", "interactive.footer"),
        ("carousel_media", f"{INTERACTIVE}.cards.0.body"),
        ("list", f"{INTERACTIVE}.sections.0.rows.0.description"),
    ],
)
def test_what_meta_does_not_require_may_be_left_out(name, path):
    assert check(command(without(message(name), path))) is None


@pytest.mark.parametrize(
    ("name", "unit", "rows"), [("list", "rows", section(6)), ("product_list", "products", shelf(16))]
)
def test_a_total_is_told_as_one(name, unit, rows):
    wrong = refusal(changed(message(name), f"{INTERACTIVE}.sections", [rows, rows]))
    most, count = (10, 12) if name == "list" else (30, 32)
    assert wrong.problem == f"at most {most} {unit} in all sections together, was {count}"


@pytest.mark.parametrize("part", ["body", "header", "action"])
def test_the_parts_of_a_card_are_objects(part):
    wrong = refusal(changed(message("carousel_media"), f"{INTERACTIVE}.cards.1.{part}", "text"))
    assert str(wrong) == f"{INTERACTIVE}.cards.1.{part}: must be an object"


@pytest.mark.parametrize(("media", "length"), [({"id": "1", "link": "https://x.y"}, 2), ({}, 0)])
def test_the_medium_of_a_header_is_named_once(media, length):
    wrong = refusal(changed(message("button_media_header"), "interactive.header.image", media))
    assert (wrong.field, wrong.problem) == ("interactive.header.image", "exactly one of id and link")
    assert (wrong.limit, wrong.length) == (1, length)


@pytest.mark.parametrize(("kind", "name"), [("order_details", "review_and_pay"), ("order_status", "review_order")])
def test_orders_are_known(kind, name):
    action = {"name": name, "parameters": {"reference_id": "r"}}
    order = {"type": kind, "body": {"text": "Tu pedido"}, "action": action}
    data = {"phone_number_id": "1", "to": "+1", "type": "interactive", "interactive": order}
    assert check(command(data)) is None
    assert refusal(changed(data, f"{INTERACTIVE}.name", "x")).problem == f"must be one of {name}"
    assert str(refusal(without(data, f"{INTERACTIVE}.parameters"))) == f"{INTERACTIVE}.parameters: is missing"


def test_the_header_of_an_order_is_a_medium():
    action = {"name": "review_and_pay", "parameters": {}}
    order = {"type": "order_details", "header": {"type": "text", "text": "x"}, "body": {"text": "b"}, "action": action}
    data = {"phone_number_id": "1", "to": "+1", "type": "interactive", "interactive": order}
    assert str(refusal(data)) == "interactive.header.type: must be one of document, image, video"
