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


def test_a_place_is_told_by_its_coordinates():
    map_ = template({"type": "HEADER", "format": "LOCATION"})
    variables = {"header.latitude": "21.16", "header.longitude": "-86.85", "header.name": "Casa"}
    filled = components(map_, variables)
    check(map_, filled)
    location = {"latitude": "21.16", "longitude": "-86.85", "name": "Casa"}
    assert filled == [{"type": "header", "parameters": [{"type": "location", "location": location}]}]
    assert unknown(map_, variables | {"header.link": ""}) == ["header.link"]


def test_a_reply_may_carry_a_payload():
    filled = components(template(BODY, URL), {"button.0": "yes"})
    assert filled == [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "yes"}],
        }
    ]


OTP = {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copiar"}]}
OTP_LISTED = {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://www.whatsapp.com/otp/?code=otp{{1}}"}]}
CODE = {"type": "BODY", "text": "*{{1}}* es tu código."}


@pytest.mark.parametrize("button", [OTP, OTP_LISTED])
def test_a_one_time_password_is_said_once(button):
    login = template(CODE, button, category="AUTHENTICATION")
    filled = components(login, {"1": "483920"})
    check(login, filled)
    password = [{"type": "text", "text": "483920"}]
    assert filled == [
        {"type": "body", "parameters": password},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": password},
    ]
    said = components(login, {"1": "483920", "button.0": "other"})
    assert said[1]["parameters"] == [{"type": "text", "text": "other"}]


def test_a_password_template_that_meta_has_not_written_yet_takes_its_code():
    new = template({"type": "BODY"}, OTP, category="AUTHENTICATION")
    check(new, components(new, {"1": "483920"}))
    assert unknown(new, {"1": "", "2": ""}) == ["2"]


def test_only_passwords_are_repeated():
    linked = template(CODE, OTP_LISTED, category="UTILITY")
    assert [part["type"] for part in components(linked, {"1": "483920"})] == ["body"]
    fixed = {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.y"}]}
    assert [part["type"] for part in components(template(CODE, fixed, category="AUTHENTICATION"), {"1": "4"})] == [
        "body"
    ]


def test_an_offer_ends_at_its_moment():
    offer = {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Hoy", "has_expiration": True}}
    limited = template(offer)
    filled = components(limited, {"offer": "1795219200000"})
    check(limited, filled)
    moment = {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1795219200000}}
    assert filled == [{"type": "limited_time_offer", "parameters": [moment]}]
    assert unknown(limited, {"offer": "1"}) == []
    assert unknown(template(BODY), {"offer": "1"}) == ["offer"]


def test_each_card_has_its_own_variables():
    link = {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.y/{{1}}"}]}
    card = {"components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "{{1}}"}, link]}
    offers = template(BODY, {"type": "CAROUSEL", "cards": [card, card]})
    variables = {"1": "Ada", "2": "hoy"}
    for index in (0, 1):
        variables |= {
            f"card.{index}.header.id": f"10{index}",
            f"card.{index}.1": f"{index}0 %",
            f"card.{index}.button.0": "z",
        }
    filled = components(offers, variables)
    check(offers, filled)
    assert unknown(offers, variables) == []
    assert unknown(offers, {"card.2.1": "", "card.0.2": ""}) == ["card.0.2", "card.2.1"]
    assert filled[1]["cards"][1] == {
        "card_index": 1,
        "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"id": "101"}}]},
            {"type": "body", "parameters": [{"type": "text", "text": "10 %"}]},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "z"}]},
        ],
    }


def test_an_unfilled_card_is_left_to_the_check():
    offers = template({"type": "CAROUSEL", "cards": [{"components": [{"type": "BODY", "text": "{{1}}"}]}] * 2})
    with pytest.raises(Mismatch) as caught:
        check(offers, components(offers, {}))
    assert caught.value.field == "template.components.carousel.cards.0.body"


def test_a_file_has_a_name_and_a_document_is_one():
    paper = template({"type": "HEADER", "format": "DOCUMENT"}, BODY)
    variables = {"header.link": "https://x.y/a.pdf", "header.filename": "a.pdf"}
    document = {"link": "https://x.y/a.pdf", "filename": "a.pdf"}
    assert components(paper, variables) == [
        {"type": "header", "parameters": [{"type": "document", "document": document}]}
    ]
    assert unknown(paper, variables | {"header.latitude": "", "header.1": ""}) == ["header.1", "header.latitude"]


def test_a_video_and_an_address_have_their_places():
    film = template({"type": "HEADER", "format": "video"})
    assert components(film, {"header.id": "7"}) == [
        {"type": "header", "parameters": [{"type": "video", "video": {"id": "7"}}]}
    ]
    place = template({"type": "HEADER", "format": "LOCATION"})
    assert unknown(place, {f"header.{name}": "" for name in ("latitude", "longitude", "name", "address")}) == []


def test_the_whole_message_names_template_and_language():
    said = content(template(BODY), {"1": "Ada", "2": "hoy"})
    assert said == {
        "name": "cita",
        "language": {"code": "es_MX"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "hoy"}]}
        ],
    }


def test_variables_without_a_place_are_told_in_their_order():
    assert unknown(template(BODY), {"z": "", "a": "", "1": ""}) == ["a", "z"]
    assert unknown(template(BODY), {}) == []


def test_an_end_that_is_no_number_is_left_to_meta():
    limited = template({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"has_expiration": True}})
    [offer] = components(limited, {"offer": "soon"})
    assert offer["parameters"] == [{"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": "soon"}}]
    assert components(template(BODY), {"offer": "1"})[0]["type"] == "limited_time_offer"


def test_a_button_nobody_fills_is_left_out():
    calls = {"type": "BUTTONS", "buttons": [{"type": "PHONE_NUMBER"}, {"type": "quick_reply"}]}
    assert components(template(calls), {"button.0": "x"}) == []
    assert components(template(calls), {"button.1": ""}) == [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "1",
            "parameters": [{"type": "payload", "payload": ""}],
        }
    ]
    assert unknown(template(calls), {"button.0": "", "button.1": "", "button.2": ""}) == ["button.2"]


def test_only_the_body_said_once_is_repeated():
    login = template(CODE, OTP, category="AUTHENTICATION")
    assert components(login, {"2": "x"}) == []
    assert components(login, {"button.0": "1"}) == [
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "1"}]}
    ]
    mixed = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY"}, {"type": "otp"}, {"type": "URL"}]}
    said = components(template(CODE, mixed, category="AUTHENTICATION"), {"1": "4"})
    assert [(part["type"], part.get("index")) for part in said] == [("body", None), ("button", "1")]


def test_a_body_that_meta_wrote_replaces_ours_wherever_it_stands():
    footed = template({"type": "FOOTER", "text": "x"}, {"type": "body", "text": "{{1}}"}, category="AUTHENTICATION")
    assert components(footed, {"1": "4"}) == [{"type": "body", "parameters": [{"type": "text", "text": "4"}]}]
    assert unknown(footed, {"1": "", "2": ""}) == ["2"]


def test_a_card_without_components_is_a_card():
    offers = template({"type": "CAROUSEL", "cards": [{}, {"components": [{"type": "BODY", "text": "{{1}}"}]}]})
    assert components(offers, {"card.1.1": "x"}) == [
        {
            "type": "carousel",
            "cards": [
                {"card_index": 0, "components": []},
                {"card_index": 1, "components": [{"type": "body", "parameters": [{"type": "text", "text": "x"}]}]},
            ],
        }
    ]
    assert unknown(offers, {"card.0.1": "", "card.1.1": "", "1": ""}) == ["1", "card.0.1"]


def test_the_header_of_a_card_has_its_own_text():
    headed = {"components": [{"type": "HEADER", "format": "TEXT", "text": "{{a}}"}]}
    offers = template({"type": "CAROUSEL", "cards": [headed]}, parameter_format="NAMED")
    [carousel] = components(offers, {"card.0.header.a": "x", "header.a": "y", "a": "z"})
    named = [{"type": "text", "parameter_name": "a", "text": "x"}]
    assert carousel["cards"] == [{"card_index": 0, "components": [{"type": "header", "parameters": named}]}]
    assert unknown(offers, {"card.0.header.a": "", "a": ""}) == ["a"]
