"""Variables -> the components of a template message, as Meta wants them.

A variable is named as its placeholder stands in the body (`1`, `first_name`). Those of other parts say where they
stand: `header.1` (text), `header.link`, `header.id` and `header.filename` (media), `header.latitude`,
`header.longitude`, `header.name` and `header.address` (location), `button.0` (the end of a URL, a coupon code, a
one-time password, a reply's payload), `offer` (the end of a limited-time offer, milliseconds since 1970), and the same
within a carousel's card: `card.0.1`, `card.0.header.id`, `card.0.button.0`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sender_service.sending import templates
from sender_service.sending.templates import StoredTemplate

Parts: TypeAlias = Sequence[Mapping[str, Any]]

_FILE: Final = ("link", "id", "filename")
_PLACE: Final = ("latitude", "longitude", "name", "address")
_HEADERS: Final = {"IMAGE": _FILE, "VIDEO": _FILE, "DOCUMENT": _FILE, "LOCATION": _PLACE}
# Type of the button -> sub_type, type of the parameter and the parameter's field.
_BUTTONS: Final = {
    "URL": ("url", "text", "text"),
    "OTP": ("url", "text", "text"),
    "COPY_CODE": ("copy_code", "coupon_code", "coupon_code"),
    "QUICK_REPLY": ("quick_reply", "payload", "payload"),
}


def components(template: StoredTemplate, variables: Mapping[str, str]) -> list[dict[str, Any]]:
    """What has a value is filled in; whether that is all the template needs is judged by `template_check.check`."""
    given = _with_password(template, variables)
    own = _filled(template, _completed(template), given, "")
    parts = [*own, *_offer(given), *_carousel(template, given)]
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
    names = set(_places(_completed(template), ""))
    if templates.component(template.components, "LIMITED_TIME_OFFER") is not None:
        names.add("offer")
    for index, card in enumerate(templates.cards(template.components)):
        names |= set(_places(card.get("components") or (), f"card.{index}."))
    return sorted(set(variables) - names)


def _completed(template: StoredTemplate) -> Parts:
    """The components with the body as it is going to be."""
    body = {"type": "BODY", "text": templates.body_text(template)}
    return [body, *(part for part in template.components if str(part.get("type")).upper() != "BODY")]


def _places(stored: Parts, prefix: str) -> Iterator[str]:
    """Every name that has a place in the template, or in one of its cards."""
    for kind, before in (("BODY", ""), ("HEADER", "header.")):
        for name in templates.placeholders(templates.component_text(stored, kind)):
            yield f"{prefix}{before}{name}"
    for name in _HEADERS.get(templates.header_format(stored) or "", ()):
        yield f"{prefix}header.{name}"
    for index, _ in templates.buttons(stored):
        yield f"{prefix}button.{index}"


def _with_password(template: StoredTemplate, variables: Mapping[str, str]) -> Mapping[str, str]:
    """Meta wants a one-time password twice, in the body and in the button that copies it: it is said once."""
    if template.category != "AUTHENTICATION" or "1" not in variables:
        return variables
    wanting = [f"button.{index}" for index, button in templates.buttons(template.components) if _wants_password(button)]
    return dict.fromkeys(wanting, variables["1"]) | dict(variables)


def _wants_password(button: Mapping[str, Any]) -> bool:
    kind = str(button.get("type", "")).upper()
    return kind == "OTP" or (kind == "URL" and bool(templates.placeholders(str(button.get("url") or ""))))


def _filled(
    template: StoredTemplate, stored: Parts, variables: Mapping[str, str], prefix: str
) -> Iterator[dict[str, Any] | None]:
    yield _header(template, stored, variables, f"{prefix}header.")
    yield _part("body", _texts(template, templates.component_text(stored, "BODY"), variables, prefix))
    for index, button in templates.buttons(stored):
        yield _button(button, index, variables.get(f"{prefix}button.{index}"))


def _header(
    template: StoredTemplate, stored: Parts, variables: Mapping[str, str], prefix: str
) -> dict[str, Any] | None:
    form = templates.header_format(stored)
    if form == "TEXT":
        return _part("header", _texts(template, templates.component_text(stored, "HEADER"), variables, prefix))
    names = _HEADERS.get(form or "", ())
    given = {name: variables[prefix + name] for name in names if prefix + name in variables}
    kind = str(form).lower()
    return _part("header", [{"type": kind, kind: given}]) if given else None


def _texts(template: StoredTemplate, text: str, variables: Mapping[str, str], prefix: str) -> list[dict[str, Any]]:
    """One parameter for each placeholder that has a value."""
    parameters = []
    for name in templates.placeholders(text):
        if prefix + name in variables:
            named = {"parameter_name": name} if template.named else {}
            parameters.append({"type": "text", **named, "text": variables[prefix + name]})
    return parameters


def _button(button: Mapping[str, Any], index: int, value: str | None) -> dict[str, Any] | None:
    form = _BUTTONS.get(str(button.get("type", "")).upper())
    if form is None or value is None:
        return None
    sub_type, kind, field = form
    return {"type": "button", "sub_type": sub_type, "index": str(index), "parameters": [{"type": kind, field: value}]}


def _offer(variables: Mapping[str, str]) -> Iterator[dict[str, Any] | None]:
    if (ends := variables.get("offer")) is not None:
        moment = {"expiration_time_ms": int(ends) if ends.isdecimal() else ends}
        yield _part("limited_time_offer", [{"type": "limited_time_offer", "limited_time_offer": moment}])


def _carousel(template: StoredTemplate, variables: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Every card of the template, filled or not: Meta counts them."""
    stored = [card.get("components") or () for card in templates.cards(template.components)]
    cards = [
        {
            "card_index": index,
            "components": [part for part in _filled(template, parts, variables, f"card.{index}.") if part is not None],
        }
        for index, parts in enumerate(stored)
    ]
    if cards:
        yield {"type": "carousel", "cards": cards}


def _part(kind: str, parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    return {"type": kind, "parameters": list(parameters)} if parameters else None
