"""A sent template as people read it: the stored text with its variables filled in, for notes, lists and search."""

from collections.abc import Mapping, Sequence
from typing import Any

from sender_service.sending import templates
from sender_service.sending.templates import StoredTemplate


def rendered(content: Mapping[str, Any], template: StoredTemplate | None) -> str:
    """Header, body, footer and cards. Of a template never synced only its name and values are known.

    Never fails: a message whose content makes no sense is refused elsewhere, and logged all the same.
    """
    sent = _objects(content.get("components"))
    if template is None:
        return _name_and_values(content, sent)
    parts = [
        _filled(template, template.components, sent, "HEADER"),
        _filled(template, template.components, sent, "BODY"),
        templates.component_text(template.components, "FOOTER"),
        *_cards(template, sent),
    ]
    return "\n".join(part for part in parts if part) or template.name


def _name_and_values(content: Mapping[str, Any], sent: Sequence[Mapping[str, Any]]) -> str:
    values = [value for part in sent for parameter in _parameters(part) if (value := _value(parameter))]
    name = str(content.get("name") or "template")
    return f"{name}: {', '.join(values)}" if values else name


def _filled(
    template: StoredTemplate, stored: Sequence[Mapping[str, Any]], sent: Sequence[Mapping[str, Any]], kind: str
) -> str:
    text = templates.component_text(stored, kind)
    if not templates.placeholders(text):
        return text
    given = [parameter for part in sent if str(part.get("type")).upper() == kind for parameter in _parameters(part)]
    if template.named:
        values = {str(parameter.get("parameter_name")): _value(parameter) for parameter in given}
    else:
        names = templates.placeholders(text)
        values = dict(zip(names, (_value(parameter) for parameter in given), strict=False))
    return templates.filled(text, values)


def _cards(template: StoredTemplate, sent: Sequence[Mapping[str, Any]]) -> list[str]:
    stored = [card.get("components") or () for card in templates.cards(template.components)]
    if not stored:
        return []
    carousel = next((part for part in sent if str(part.get("type")).upper() == "CAROUSEL"), {})
    given = _objects(carousel.get("cards"))
    texts = [
        _filled(template, parts, _objects(card.get("components")), "BODY")
        for parts, card in zip(stored, given, strict=False)
    ]
    return [f"- {text}" for text in texts if text]


def _parameters(part: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return _objects(part.get("parameters"))


def _objects(items: Any) -> Sequence[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _value(parameter: Mapping[str, Any]) -> str:
    """The text, or for money and dates what Meta shows when it cannot write them in the user's language."""
    kind = parameter.get("type")
    if kind == "text":
        return str(parameter.get("text") or "")
    inner = parameter.get(str(kind))
    return str(inner.get("fallback_value") or "") if isinstance(inner, Mapping) else ""
