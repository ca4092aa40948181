"""Meta's limits that only one type of message has."""

from typing import Any

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


def test_only_a_document_has_a_filename_and_only_audio_a_voice():
    image = {"phone_number_id": "1", "to": "+1", "type": "image", "image": {"id": "1", "voice": "x"}}
    assert check(command(image)) is None
    assert check(command(changed(image, "image.filename", "x" * 600))) is None
    audio = {"phone_number_id": "1", "to": "+1", "type": "audio", "audio": {"id": "1", "voice": False}}
    assert check(command(audio)) is None


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_a_caption_may_be_empty_but_not_too_long(kind):
    data = {"phone_number_id": "1", "to": "+1", "type": kind, kind: {"id": "1", "caption": ""}}
    assert check(command(data)) is None
    wrong = refusal(changed(data, f"{kind}.caption", "x" * 1025))
    assert (wrong.field, wrong.limit) == (f"{kind}.caption", 1024)
    assert str(refusal(changed(data, f"{kind}.id", ""))) == f"{kind}.id: at least 1 characters, was 0"
    linked = {**data, kind: {"link": "x://y"}}
    assert str(refusal(linked)) == f"{kind}.link: must begin with http:// or https://"


def test_a_typing_indicator_is_an_object():
    wrong = refusal(changed(message("mark_read_typing"), "typing_indicator", "text"))
    assert str(wrong) == "mark_read.typing_indicator: must be an object"


@pytest.mark.parametrize("latitude", ["nan", float("1e400"), "", [], None])
def test_a_place_is_written_in_numbers(latitude):
    wrong = refusal({"phone_number_id": "1", "to": "+1", "type": "location", "location": {"latitude": latitude}})
    problem = "must not be null" if latitude is None else "must be a number from -90 to 90"
    assert str(wrong) == f"location.latitude: {problem}"


def test_a_place_needs_no_name():
    data = message("location")
    data["location"] = {"latitude": 0, "longitude": 0.0}
    assert check(command(data)) is None


@pytest.mark.parametrize("kind", [None, 7, [], ...])
def test_an_interactive_message_has_a_type(kind):
    interactive = {} if kind is ... else {"type": kind}
    data = {"phone_number_id": "1", "to": "+1", "type": "interactive", "interactive": interactive}
    assert str(refusal(data)) == "interactive.type: is missing"


def test_the_first_thing_wrong_is_told_body_before_footer_before_header_before_action():
    data = message("button")
    for path in ("interactive.action", "interactive.header", "interactive.footer", "interactive.body"):
        data = changed(data, path, "text")
        assert refusal(data).field == path


def test_a_card_without_a_picture_among_others_is_of_another_kind():
    data = without(message("carousel_media"), f"{ACTION}.cards.1.header")
    assert refusal(data).problem == "all cards must have the same type of header"
    both = without(data, f"{ACTION}.cards.0.header")
    assert check(command(both)) is None


@pytest.mark.parametrize(("breaks", "fits"), [(2, True), (3, False)])
def test_the_body_of_a_card_has_few_lines(breaks, fits):
    data = changed(message("carousel_media"), f"{ACTION}.cards.1.body.text", "\n" * breaks + "x")
    if fits:
        assert check(command(data)) is None
    else:
        wrong = refusal(data)
        assert str(wrong) == f"{ACTION}.cards.1.body.text: at most 2 line breaks, was 3"
        assert (wrong.limit, wrong.length) == (2, 3)


def test_a_card_has_at_most_three_replies():
    def replies(count: int) -> list[dict[str, Any]]:
        return [{"type": "quick_reply", "quick_reply": {"id": "a", "title": "x"}} for _ in range(count)]

    cards = [{"action": {"buttons": replies(3)}} for _ in "ab"]
    data = changed(message("carousel_media"), f"{ACTION}.cards", cards)
    assert check(command(data)) is None
    path = f"{ACTION}.cards.1.action.buttons"
    wrong = refusal(changed(data, path, replies(4)))
    assert (wrong.field, wrong.limit, wrong.length) == (path, 3, 4)
    assert refusal(changed(data, path, [{"type": "quick_reply"}])).field == f"{path}.0.quick_reply"
    long = changed(data, f"{path}.2.quick_reply.id", "x" * 257)
    assert (refusal(long).field, refusal(long).limit) == (f"{path}.2.quick_reply.id", 256)
    assert refusal(changed(data, path, [])).field == path


def test_the_link_of_a_card_is_complete():
    path = f"{ACTION}.cards.0.action.parameters"
    assert str(refusal(changed(message("carousel_media"), path, "x"))) == f"{path}: must be an object"
    assert str(refusal(changed(message("carousel_media"), f"{path}.url", "x"))).startswith(f"{path}.url: must begin")


@pytest.mark.parametrize("media", [{"id": "1", "link": "x"}, {}])
def test_the_picture_of_a_card_is_named_once(media):
    path = f"{ACTION}.cards.1.header.image"
    wrong = refusal(changed(message("carousel_media"), path, media))
    assert (str(wrong), wrong.limit, wrong.length) == (f"{path}: exactly one of id and link", 1, len(media))


def test_a_flow_may_be_named_by_its_name():
    data = without(message("flow"), f"{ACTION}.parameters.flow_id")
    data["interactive"]["action"]["parameters"]["flow_name"] = "n"
    assert check(command(data)) is None
    assert refusal(without(data, f"{ACTION}.parameters.flow_name")).problem == "exactly one of flow_id and flow_name"


@pytest.mark.parametrize(("mode", "action"), [("draft", "navigate"), ("published", "data_exchange")])
def test_a_flow_has_a_mode_and_an_action(mode, action):
    data = message("flow")
    data["interactive"]["action"]["parameters"] |= {"mode": mode, "flow_action": action}
    assert check(command(data)) is None


def test_an_address_is_asked_for_in_india():
    assert check(command(message("address_message"))) is None
    wrong = refusal(changed(message("address_message"), f"{ACTION}.name", "x"))
    assert str(wrong) == f"{ACTION}.name: must be one of address_message"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("location_request", "send_location"),
        ("catalog_message", "catalog_message"),
        ("request_contact_info", "request_contact_info"),
        ("call_permission_request", "call_permission_request"),
        ("voice_call", "voice_call"),
        ("flow", "flow"),
        ("cta_url", "cta_url"),
    ],
)
def test_an_action_is_called_by_its_name(name, called):
    wrong = refusal(changed(message(name), f"{ACTION}.name", "x"))
    assert str(wrong) == f"{ACTION}.name: must be one of {called}"
    assert refusal(changed(message(name), f"{ACTION}.name", 7)).problem == f"must be one of {called}"
