"""Meta's limits that only one type of message has."""

import orjson
import pytest

from sender_service.sending import limits, limits_interactive, limits_template
from sender_service.sending.limits import check
from tests.unit.sender_service.sending.golden import ACTION, DATA, changed, command, message, refusal, without

DOCUMENTED = orjson.loads((DATA / "meta/outbound-limits.json").read_bytes())


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
    data = changed(message("button"), f"{ACTION}.buttons.1.reply.title", "Sí")
    assert str(refusal(data)) == "interactive.action.buttons: titles must be unique"


def test_cards_have_the_same_type_of_header():
    video = {"type": "video", "video": {"id": "1"}}
    data = changed(message("carousel_media"), f"{ACTION}.cards.1.header", video)
    assert str(refusal(data)) == "interactive.action.cards: all cards must have the same type of header"


def test_a_card_may_carry_quick_replies():
    cards = [
        {"action": {"buttons": [{"type": "quick_reply", "quick_reply": {"id": "a", "title": "x" * 20}}]}} for _ in "ab"
    ]
    data = changed(message("carousel_media"), f"{ACTION}.cards", cards)
    assert check(command(data)) is None
    path = f"{ACTION}.cards.1.action.buttons.0.quick_reply.title"
    wrong = refusal(changed(data, path, "x" * 21))
    assert (wrong.field, wrong.limit, wrong.length) == (path, 20, 21)


@pytest.mark.parametrize(("given", "length"), [({"flow_id": "1", "flow_name": "n"}, 2), ({}, 0)])
def test_a_flow_is_named_once(given, length):
    data = without(message("flow"), f"{ACTION}.parameters.flow_id")
    data["interactive"]["action"]["parameters"] |= given
    wrong = refusal(data)
    assert (wrong.field, wrong.limit, wrong.length) == (f"{ACTION}.parameters", 1, length)


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


@pytest.mark.parametrize(("name", "path"), [("image_link", "image.link"), ("cta_url", f"{ACTION}.parameters.url")])
def test_an_address_is_one_of_the_web(name, path):
    assert refusal(changed(message(name), path, "ftp://x.y")).problem == "must begin with http:// or https://"


def test_an_unknown_interactive_type_passes_only_if_the_command_says_so():
    data = {"phone_number_id": "1", "to": "+1", "type": "interactive", "interactive": {"type": "poll"}}
    problem = "is not a type we know; set allow_unknown_type to pass it on as it is"
    assert str(refusal(data)) == f"interactive.type: {problem}"
    warning = "interactive type poll is not known here and goes to Meta as it is"
    assert check(command(data | {"allow_unknown_type": True})) == warning


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


@pytest.mark.parametrize("part", ["body", "header", "action"])
def test_the_parts_of_a_card_are_objects(part):
    wrong = refusal(changed(message("carousel_media"), f"{ACTION}.cards.1.{part}", "text"))
    assert str(wrong) == f"{ACTION}.cards.1.{part}: must be an object"


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
    assert refusal(changed(data, f"{ACTION}.name", "x")).problem == f"must be one of {name}"
    assert str(refusal(without(data, f"{ACTION}.parameters"))) == f"{ACTION}.parameters: is missing"


def test_the_header_of_an_order_is_a_medium():
    action = {"name": "review_and_pay", "parameters": {}}
    order = {"type": "order_details", "header": {"type": "text", "text": "x"}, "body": {"text": "b"}, "action": action}
    data = {"phone_number_id": "1", "to": "+1", "type": "interactive", "interactive": order}
    assert str(refusal(data)) == "interactive.header.type: must be one of document, image, video"
