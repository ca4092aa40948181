"""Limits of interactive messages: buttons, lists, links, flows, products, carousels and requests."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sender_service.sending.limits_fields import Invalid, child, choice, items, text, total, website

BODY_MAX: Final = 1024
LIST_BODY_MAX: Final = 4096
FOOTER_MAX: Final = 60
HEADER_MAX: Final = 60
TITLE_MAX: Final = 20
ROWS_MAX: Final = 10
PRODUCTS_MAX: Final = 30
CARD_BODY_MAX: Final = 160
CARD_LINE_BREAKS_MAX: Final = 2

_ACTION: Final = "interactive.action"
_MEDIA: Final = frozenset({"image", "video", "document"})
_ANY_HEADER: Final = _MEDIA | {"text"}


def check_interactive(content: dict[str, Any], *, allow_unknown: bool) -> str | None:
    """Raise Invalid at the first thing Meta would refuse; a warning for an interactive type nobody here knows."""
    kind = content.get("type")
    if not isinstance(kind, str):
        raise Invalid("interactive.type", "is missing")
    if kind not in _ACTIONS:
        if allow_unknown:
            return f"interactive type {kind} is not known here and goes to Meta as it is"
        raise Invalid("interactive.type", "is not a type we know; set allow_unknown_type to pass it on as it is")
    _check_frame(content, kind)
    _ACTIONS[kind](child(content, "action", _ACTION))
    return None


def _check_frame(content: dict[str, Any], kind: str) -> None:
    """Header, body and footer, as far as the type has them."""
    if "body" in content or kind not in _BODY_OPTIONAL:
        most = LIST_BODY_MAX if kind == "list" else BODY_MAX
        text(child(content, "body", "interactive.body"), "text", "interactive.body.text", most=most)
    if "footer" in content:
        text(child(content, "footer", "interactive.footer"), "text", "interactive.footer.text", most=FOOTER_MAX)
    if "header" in content or kind == "product_list":
        check_header(
            child(content, "header", "interactive.header"), "interactive.header", _HEADERS.get(kind, _ANY_HEADER)
        )


def check_header(header: dict[str, Any], field: str, allowed: frozenset[str]) -> str:
    """A text or one of the media; returns its type."""
    kind = choice(header, "type", f"{field}.type", allowed) or ""
    if kind == "text":
        text(header, "text", f"{field}.text", most=HEADER_MAX)
        return kind
    media = child(header, kind, f"{field}.{kind}")
    if ("id" in media) == ("link" in media):
        raise Invalid(f"{field}.{kind}", "exactly one of id and link", limit=1, length=2 if "id" in media else 0)
    return kind


def _buttons(action: dict[str, Any]) -> None:
    field, titles = f"{_ACTION}.buttons", []
    for index, button in enumerate(items(action, "buttons", field, most=3)):
        choice(button, "type", f"{field}.{index}.type", {"reply"})
        titles.append(_reply(child(button, "reply", f"{field}.{index}.reply"), f"{field}.{index}.reply", "id"))
    if len(set(titles)) != len(titles):
        raise Invalid(field, "titles must be unique")


def _reply(reply: dict[str, Any], field: str, key: str) -> str | None:
    text(reply, key, f"{field}.{key}", most=256)
    return text(reply, "title", f"{field}.title", most=TITLE_MAX)


def _list(action: dict[str, Any]) -> None:
    text(action, "button", f"{_ACTION}.button", most=TITLE_MAX)
    field, rows = f"{_ACTION}.sections", 0
    sections = items(action, "sections", field, most=10)
    for index, section in enumerate(sections):
        text(section, "title", f"{field}.{index}.title", most=24, optional=len(sections) == 1)
        rows += _rows(section, f"{field}.{index}.rows")
    total(rows, field, most=ROWS_MAX, unit="rows in all sections together")


def _rows(section: dict[str, Any], field: str) -> int:
    rows = items(section, "rows", field, most=ROWS_MAX)
    for index, row in enumerate(rows):
        text(row, "id", f"{field}.{index}.id", most=200)
        text(row, "title", f"{field}.{index}.title", most=24)
        text(row, "description", f"{field}.{index}.description", most=72, least=0, optional=True)
    return len(rows)


def _cta_url(action: dict[str, Any]) -> None:
    parameters = _named(action, "cta_url")
    text(parameters, "display_text", f"{_ACTION}.parameters.display_text", most=TITLE_MAX)
    website(parameters, "url", f"{_ACTION}.parameters.url")


def _flow(action: dict[str, Any]) -> None:
    parameters, field = _named(action, "flow"), f"{_ACTION}.parameters"
    choice(parameters, "flow_message_version", f"{field}.flow_message_version", {"3"})
    text(parameters, "flow_cta", f"{field}.flow_cta", most=30)
    if ("flow_id" in parameters) == ("flow_name" in parameters):
        given = 2 if "flow_id" in parameters else 0
        raise Invalid(field, "exactly one of flow_id and flow_name", limit=1, length=given)
    choice(parameters, "flow_action", f"{field}.flow_action", {"navigate", "data_exchange"}, optional=True)
    choice(parameters, "mode", f"{field}.mode", {"draft", "published"}, optional=True)


def _product(action: dict[str, Any]) -> None:
    text(action, "catalog_id", f"{_ACTION}.catalog_id", most=256)
    text(action, "product_retailer_id", f"{_ACTION}.product_retailer_id", most=256)


def _product_list(action: dict[str, Any]) -> None:
    text(action, "catalog_id", f"{_ACTION}.catalog_id", most=256)
    field, products = f"{_ACTION}.sections", 0
    sections = items(action, "sections", field, most=10)
    for index, section in enumerate(sections):
        text(section, "title", f"{field}.{index}.title", most=24, optional=len(sections) == 1)
        products += _products(section, f"{field}.{index}.product_items")
    total(products, field, most=PRODUCTS_MAX, unit="products in all sections together")


def _products(section: dict[str, Any], field: str) -> int:
    products = items(section, "product_items", field, most=PRODUCTS_MAX)
    for index, product in enumerate(products):
        text(product, "product_retailer_id", f"{field}.{index}.product_retailer_id", most=256)
    return len(products)


def _carousel(action: dict[str, Any]) -> None:
    field = f"{_ACTION}.cards"
    cards = items(action, "cards", field, least=2, most=10)
    kinds = {_card(card, f"{field}.{index}") for index, card in enumerate(cards)}
    if len(kinds) > 1:
        raise Invalid(field, "all cards must have the same type of header")


def _card(card: dict[str, Any], field: str) -> str | None:
    """Returns the header's type; product cards have none."""
    if "body" in card:
        body = text(child(card, "body", f"{field}.body"), "text", f"{field}.body.text", most=CARD_BODY_MAX) or ""
        breaks = body.count("\n")
        if breaks > CARD_LINE_BREAKS_MAX:
            problem = f"at most {CARD_LINE_BREAKS_MAX} line breaks, was {breaks}"
            raise Invalid(f"{field}.body.text", problem, limit=CARD_LINE_BREAKS_MAX, length=breaks)
    _card_action(child(card, "action", f"{field}.action"), f"{field}.action")
    if "header" not in card:
        return None
    return check_header(child(card, "header", f"{field}.header"), f"{field}.header", frozenset({"image", "video"}))


def _card_action(action: dict[str, Any], field: str) -> None:
    if "parameters" in action:
        parameters = child(action, "parameters", f"{field}.parameters")
        text(parameters, "display_text", f"{field}.parameters.display_text", most=TITLE_MAX)
        website(parameters, "url", f"{field}.parameters.url")
    if "buttons" in action:
        for index, button in enumerate(items(action, "buttons", f"{field}.buttons", most=3)):
            reply = f"{field}.buttons.{index}.quick_reply"
            _reply(child(button, "quick_reply", reply), reply, "id")


def _address(action: dict[str, Any]) -> None:
    choice(_named(action, "address_message"), "country", f"{_ACTION}.parameters.country", {"IN"})


def _only_named(name: str, action: dict[str, Any]) -> None:
    choice(action, "name", f"{_ACTION}.name", {name})


def _with_parameters(name: str, action: dict[str, Any]) -> None:
    _named(action, name)


def _named(action: dict[str, Any], name: str) -> dict[str, Any]:
    """The parameters of an action that is called by name."""
    _only_named(name, action)
    return child(action, "parameters", f"{_ACTION}.parameters")


_BODY_OPTIONAL: Final = frozenset({"product", "call_permission_request", "voice_call"})
_HEADERS: Final = {
    "list": frozenset({"text"}),
    "flow": _ANY_HEADER,
    "product_list": frozenset({"text"}),
    "order_details": _MEDIA,
}
_ACTIONS: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _cta_url,
    "location_request_message": partial(_only_named, "send_location"),
    "flow": _flow,
    "product": _product,
    "product_list": _product_list,
    "catalog_message": partial(_only_named, "catalog_message"),
    "carousel": _carousel,
    "address_message": _address,
    "request_contact_info": partial(_only_named, "request_contact_info"),
    "call_permission_request": partial(_only_named, "call_permission_request"),
    "voice_call": partial(_only_named, "voice_call"),
    "order_details": partial(_with_parameters, "review_and_pay"),
    "order_status": partial(_with_parameters, "review_order"),
}
