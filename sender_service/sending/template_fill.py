"""Variables -> the components of a template message, as Meta wants them.

A variable is named as its placeholder stands in the body (`1`, `first_name`). Those of other parts say where they
stand: `header.1` (text), `header.link` or `header.id` (media), `button.0` (the end of a URL, or a coupon code).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sender_service.sending import templates
from sender_service.sending.templates import StoredTemplate

_BUTTONS: Final = {"URL": ("url", "text", "text"), "COPY_CODE": ("copy_code", "coupon_code", "coupon_code")}


def components(template: StoredTemplate, variables: Mapping[str, str]) -> list[dict[str, Any]]:
    """What has a value is filled in; whether that is all the template needs is judged by `template_check.check`."""
    parts = [
        _header(template, variables),
        _part("body", _texts(template, templates.component_text(template.components, "BODY"), variables, "")),
        *_buttons(template, variables),
    ]
    return [part for part in parts if part is not None]


def content(template: StoredTemplate, variables: Mapping[str, str]) -> dict[str, Any]:
    """The `template` object of a send command."""
    return {
        "name": template.name,
        "language": {"code": template.language},
        "components": components(template, variables),
    }


def unknown(template: StoredTemplate, variables: Mapping[str, str]) -> list[str]:
    """Variables the template has no place for."""
    names = set(templates.placeholders(templates.component_text(template.components, "BODY")))
    names |= {
        f"header.{name}" for name in templates.placeholders(templates.component_text(template.components, "HEADER"))
    }
    if templates.header_format(template.components) in templates.MEDIA_FORMATS:
        names |= {"header.link", "header.id", "header.filename"}
    names |= {f"button.{index}" for index, _ in templates.buttons(template.components)}
    return sorted(set(variables) - names)


def _header(template: StoredTemplate, variables: Mapping[str, str]) -> dict[str, Any] | None:
    form = templates.header_format(template.components)
    if form == "TEXT":
        text = templates.component_text(template.components, "HEADER")
        return _part("header", _texts(template, text, variables, "header."))
    media = {name: variables[f"header.{name}"] for name in ("link", "id", "filename") if f"header.{name}" in variables}
    if form is None or not media:
        return None
    kind = form.lower()
    return _part("header", [{"type": kind, kind: media}])


def _texts(template: StoredTemplate, text: str, variables: Mapping[str, str], prefix: str) -> list[dict[str, Any]]:
    """One parameter for each placeholder that has a value."""
    parameters = []
    for name in templates.placeholders(text):
        if prefix + name in variables:
            named = {"parameter_name": name} if template.named else {}
            parameters.append({"type": "text", **named, "text": variables[prefix + name]})
    return parameters


def _buttons(template: StoredTemplate, variables: Mapping[str, str]) -> list[dict[str, Any]]:
    parts = []
    for index, button in templates.buttons(template.components):
        form = _BUTTONS.get(str(button.get("type", "")).upper())
        value = variables.get(f"button.{index}")
        if form is not None and value is not None:
            sub_type, kind, field = form
            parameters = [{"type": kind, field: value}]
            parts.append({"type": "button", "sub_type": sub_type, "index": str(index), "parameters": parameters})
    return parts


def _part(kind: str, parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    return {"type": kind, "parameters": list(parameters)} if parameters else None
