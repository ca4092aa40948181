"""Interactive messages: buttons, lists, links, flows, products, carousels and requests."""

from collections.abc import Callable
from typing import Any, Final

from deploy.simulator.errors import Problem
from deploy.simulator.validation_parts import MISSING, VALUE, first, media_problem, text_problem

_ANY_BODY: Final = 4096


def interactive_problem(content: dict[str, Any]) -> Problem | None:
    kind = content.get("type")
    check = _CHECKS.get(str(kind))
    if check is None:
        return Problem(VALUE, "interactive.type is not supported.")
    action = content.get("action")
    if not isinstance(action, dict):
        return Problem(MISSING, "interactive.action is required.")
    return _frame_problem(content, str(kind)) or check(action)


def _frame_problem(content: dict[str, Any], kind: str) -> Problem | None:
    """Header, body and footer."""
    body, footer = content.get("body"), content.get("footer")
    if body is None and kind not in {"product", "call_permission_request", "voice_call"}:
        return Problem(MISSING, "interactive.body is required.")
    most = _ANY_BODY if kind == "list" else 1024
    return first(
        text_problem(body, "text", most=most, field="interactive.body.text") if isinstance(body, dict) else None,
        text_problem(footer, "text", most=60, field="interactive.footer.text") if isinstance(footer, dict) else None,
        _header_problem(content.get("header")),
        Problem(MISSING, "interactive.header is required.")
        if kind == "product_list" and "header" not in content
        else None,
    )


def _header_problem(header: Any) -> Problem | None:
    if not isinstance(header, dict):
        return None
    kind = header.get("type")
    if kind == "text":
        return text_problem(header, "text", most=60, field="interactive.header.text")
    return media_problem(header.get(str(kind)))


def _buttons(action: dict[str, Any]) -> Problem | None:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        return Problem(VALUE, "action.buttons must have 1 to 3 buttons.")
    replies = [button.get("reply") or {} for button in buttons if isinstance(button, dict)]
    if len({reply.get("title") for reply in replies}) != len(buttons):
        return Problem(VALUE, "button titles must be unique.")
    return first(
        *(text_problem(reply, "id", most=256, field="button id") for reply in replies),
        *(text_problem(reply, "title", most=20, field="button title") for reply in replies),
    )


def _list(action: dict[str, Any]) -> Problem | None:
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= 10:
        return Problem(VALUE, "action.sections must have 1 to 10 sections.")
    rows = [row for section in sections for row in section.get("rows") or []]
    if not 1 <= len(rows) <= 10:
        return Problem(VALUE, f"Total row count exceed max allowed count: 10, was {len(rows)}.")
    return first(
        text_problem(action, "button", most=20, field="action.button"),
        *(text_problem(section, "title", most=24, optional=True, field="section title") for section in sections),
        *(_row_problem(row) for row in rows),
    )


def _row_problem(row: dict[str, Any]) -> Problem | None:
    return first(
        text_problem(row, "id", most=200, field="row id"),
        text_problem(row, "title", most=24, field="row title"),
        text_problem(row, "description", most=72, optional=True, least=0, field="row description"),
    )


def _cta_url(action: dict[str, Any]) -> Problem | None:
    parameters = action.get("parameters") or {}
    return first(
        text_problem(parameters, "display_text", most=20, field="display_text"),
        text_problem(parameters, "url", most=2000, field="url"),
    )


def _flow(action: dict[str, Any]) -> Problem | None:
    parameters = action.get("parameters") or {}
    if str(parameters.get("flow_message_version")) != "3":
        return Problem(VALUE, 'flow_message_version must be "3".')
    if ("flow_id" in parameters) == ("flow_name" in parameters):
        return Problem(100, "Exactly one of flow_id and flow_name is required.")
    return text_problem(parameters, "flow_cta", most=30, field="flow_cta")


def _product(action: dict[str, Any]) -> Problem | None:
    return first(
        text_problem(action, "catalog_id", most=256, field="catalog_id"),
        text_problem(action, "product_retailer_id", most=256, field="product_retailer_id"),
    )


def _product_list(action: dict[str, Any]) -> Problem | None:
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= 10:
        return Problem(VALUE, "action.sections must have 1 to 10 sections.")
    items = [item for section in sections for item in section.get("product_items") or []]
    if not 1 <= len(items) <= 30:
        return Problem(VALUE, f"1 to 30 products are allowed, was {len(items)}.")
    return text_problem(action, "catalog_id", most=256, field="catalog_id")


def _carousel(action: dict[str, Any]) -> Problem | None:
    cards = action.get("cards")
    if not isinstance(cards, list) or not 2 <= len(cards) <= 10:
        return Problem(VALUE, "action.cards must have 2 to 10 cards.")
    kinds = {(card.get("header") or {}).get("type") for card in cards}
    if len(kinds) != 1:
        return Problem(VALUE, "all cards must have the same header type.")
    return first(
        *(
            text_problem(card["body"], "text", most=160, field="card body")
            for card in cards
            if isinstance(card.get("body"), dict)
        ),
        *(_line_breaks_problem(card.get("body")) for card in cards),
    )


def _line_breaks_problem(body: Any) -> Problem | None:
    many = isinstance(body, dict) and str(body.get("text", "")).count("\n") > 2
    return Problem(VALUE, "a card body has at most 2 line breaks.") if many else None


def _anything(_action: dict[str, Any]) -> Problem | None:
    return None


_CHECKS: Final[dict[str, Callable[[dict[str, Any]], Problem | None]]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _cta_url,
    "flow": _flow,
    "product": _product,
    "product_list": _product_list,
    "carousel": _carousel,
    "catalog_message": _anything,
    "location_request_message": _anything,
    "address_message": _anything,
    "request_contact_info": _anything,
    "call_permission_request": _anything,
    "voice_call": _anything,
    "order_details": _anything,
    "order_status": _anything,
}
