"""The form of a template send; whether it fits the stored template is judged by `template_check`."""

import re
from typing import Any, Final

from sender_service.sending.limits_fields import Invalid, child, choice, items, text

NAME_MAX: Final = 512
HEADER_MAX: Final = 60
BUTTONS_MAX: Final = 10
PARAMETERS_MAX: Final = 100

_NAME: Final = re.compile(r"[a-z0-9_]+")
_COMPONENTS: Final = frozenset({"header", "body", "footer", "button", "carousel", "limited_time_offer", "order_status"})
_MEDIA: Final = frozenset({"image", "video", "document"})
_INDEXES: Final = frozenset(str(index) for index in range(BUTTONS_MAX))


def check_template(content: dict[str, Any]) -> None:
    """Raise Invalid at the first thing that no template could take."""
    name = text(content, "name", "template.name", most=NAME_MAX) or ""
    if not _NAME.fullmatch(name):
        raise Invalid("template.name", "only a-z, 0-9 and _")
    text(child(content, "language", "template.language"), "code", "template.language.code", most=16)
    if "components" in content:
        _check_components(content, "template.components")


def _check_components(owner: dict[str, Any], field: str) -> None:
    for index, component in enumerate(items(owner, "components", field, least=0, most=BUTTONS_MAX + 6)):
        _check_component(component, f"{field}.{index}")


def _check_component(component: dict[str, Any], field: str) -> None:
    """Meta writes the types in either case."""
    kind = (choice({"type": _lower(component.get("type"))}, "type", f"{field}.type", _COMPONENTS)) or ""
    if kind == "carousel":
        _check_cards(component, f"{field}.cards")
        return
    if kind == "button":
        _check_button(component, field)
    if "parameters" in component:
        for index, parameter in enumerate(
            items(component, "parameters", f"{field}.parameters", least=0, most=PARAMETERS_MAX)
        ):
            _check_parameter(parameter, f"{field}.parameters.{index}", in_header=kind == "header")


def _check_button(component: dict[str, Any], field: str) -> None:
    text(component, "sub_type", f"{field}.sub_type", most=64)
    choice({"index": str(component.get("index"))}, "index", f"{field}.index", _INDEXES)


def _check_cards(component: dict[str, Any], field: str) -> None:
    for index, card in enumerate(items(component, "cards", field, least=2, most=10)):
        if not isinstance(card.get("card_index"), int):
            raise Invalid(f"{field}.{index}.card_index", "must be a whole number")
        _check_components(card, f"{field}.{index}.components")


def _check_parameter(parameter: dict[str, Any], field: str, *, in_header: bool) -> None:
    kind = text(parameter, "type", f"{field}.type", most=64) or ""
    text(parameter, "parameter_name", f"{field}.parameter_name", most=NAME_MAX, optional=True)
    if kind == "text":
        text(parameter, "text", f"{field}.text", most=HEADER_MAX if in_header else 32768)
    elif kind in _MEDIA:
        _check_media(child(parameter, kind, f"{field}.{kind}"), f"{field}.{kind}")
    elif kind in {"currency", "date_time"}:
        text(child(parameter, kind, f"{field}.{kind}"), "fallback_value", f"{field}.{kind}.fallback_value", most=1024)


def _check_media(media: dict[str, Any], field: str) -> None:
    if ("id" in media) == ("link" in media):
        raise Invalid(field, "exactly one of id and link", limit=1, length=2 if "id" in media else 0)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
