"""Do the components of a send fit the stored template? Answered before any call, in the words and codes of Meta's
refusal.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sender_service.sending import templates
from sender_service.sending.templates import StoredTemplate

COUNT: Final = 132000
FORMAT: Final = 132012
MISSING: Final = 131008

_MEDIA_PARAMETER: Final = {
    "IMAGE": "image",
    "VIDEO": "video",
    "DOCUMENT": "document",
    "LOCATION": "location",
    "PRODUCT": "product",
}
# The buttons whose parameter has to be given with every send: sub_type -> type of the parameter.
_BUTTON_PARAMETER: Final = {"COPY_CODE": "coupon_code", "OTP": "text", "MPM": "action", "SPM": "action"}

Component = Mapping[str, Any]


class Mismatch(Exception):
    """What does not fit, with Meta's code for it."""

    def __init__(self, code: int, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.code = code
        self.field = field
        self.problem = problem


def check(template: StoredTemplate, components: Sequence[Component]) -> None:
    """Raise Mismatch at the first thing that is missing, too much, or of another kind than the template wants."""
    _check_header(template, template.components, components, "template.components.header")
    _check_text(template, templates.body_text(template), _of(components, "body"), "template.components.body")
    _check_buttons(template.components, components, "template.components.button")
    _check_offer(template, components)
    _check_cards(template, components)


def _check_header(template: StoredTemplate, stored: Sequence[Component], sent: Sequence[Component], field: str) -> None:
    form, header = templates.header_format(stored), _of(sent, "header")
    if form is None:
        _refuse_extra(header, field)
        return
    if form == "TEXT":
        _check_text(template, templates.component_text(stored, "HEADER"), header, field)
        return
    wanted = _MEDIA_PARAMETER.get(form)
    parameters = _parameters(header)
    if wanted is None:
        return
    if len(parameters) != 1:
        raise Mismatch(FORMAT, field, f"the template wants one {wanted} parameter, {len(parameters)} were given")
    _check_kind(parameters[0], wanted, f"{field}.parameters.0")


def _check_text(template: StoredTemplate, text: str, sent: Component | None, field: str) -> None:
    wanted, parameters = templates.placeholders(text), _parameters(sent)
    if template.named:
        _check_names(wanted, parameters, field)
    elif len(wanted) != len(parameters):
        raise Mismatch(
            COUNT, field, f"the template has {len(wanted)} placeholders, {len(parameters)} parameters were given"
        )
    for index, parameter in enumerate(parameters):
        _check_filled(parameter, f"{field}.parameters.{index}")


def _check_names(wanted: Sequence[str], parameters: Sequence[Component], field: str) -> None:
    given = [str(parameter.get("parameter_name")) for parameter in parameters]
    missing = [name for name in wanted if name not in given]
    extra = [name for name in given if name not in wanted]
    if missing:
        raise Mismatch(COUNT, field, f"no value for the placeholder {missing[0]}")
    if extra or len(given) != len(wanted):
        raise Mismatch(
            COUNT, field, f"the template has no placeholder {extra[0]}" if extra else "a placeholder was given twice"
        )


def _check_filled(parameter: Component, field: str) -> None:
    kind = parameter.get("type")
    if kind not in {"text", "currency", "date_time"}:
        raise Mismatch(FORMAT, field, "must be of type text, currency or date_time")
    if kind == "text" and not str(parameter.get("text") or "").strip():
        raise Mismatch(MISSING, f"{field}.text", "is empty: Meta refuses empty placeholders")


def _check_buttons(stored: Sequence[Component], sent: Sequence[Component], field: str) -> None:
    given = {str(part.get("index")): part for part in sent if str(part.get("type", "")).lower() == "button"}
    count = 0
    for index, button in templates.buttons(stored):
        count += 1
        _check_button(button, given.pop(str(index), None), f"{field}.{index}")
    if given:
        raise Mismatch(COUNT, field, f"the template has {count} buttons, there is none with index {next(iter(given))}")


def _check_button(button: Component, sent: Component | None, field: str) -> None:
    kind = str(button.get("type", "")).upper()
    if kind == "URL":
        _check_url(str(button.get("url") or ""), sent, field)
        return
    wanted = _BUTTON_PARAMETER.get(kind)
    if wanted is None:
        return
    parameters = _parameters(sent)
    if len(parameters) != 1:
        raise Mismatch(COUNT, field, f"the button wants one {wanted} parameter, {len(parameters)} were given")
    _check_kind(parameters[0], wanted, f"{field}.parameters.0")


def _check_url(url: str, sent: Component | None, field: str) -> None:
    """A URL button has at most one placeholder, at its end; its parameter is never named."""
    wanted, parameters = len(templates.placeholders(url)), _parameters(sent)
    if wanted != len(parameters):
        raise Mismatch(COUNT, field, f"the URL has {wanted} placeholders, {len(parameters)} parameters were given")
    for index, parameter in enumerate(parameters):
        _check_filled(parameter, f"{field}.parameters.{index}")


def _check_offer(template: StoredTemplate, sent: Sequence[Component]) -> None:
    offer, field = (
        templates.component(template.components, "LIMITED_TIME_OFFER"),
        "template.components.limited_time_offer",
    )
    given = _parameters(_of(sent, "limited_time_offer"))
    if offer is None:
        _refuse_extra(_of(sent, "limited_time_offer"), field)
        return
    if (offer.get("limited_time_offer") or {}).get("has_expiration") and len(given) != 1:
        raise Mismatch(COUNT, field, f"the offer wants one expiration time, {len(given)} were given")


def _check_cards(template: StoredTemplate, sent: Sequence[Component]) -> None:
    stored, field = templates.cards(template.components), "template.components.carousel"
    carousel = _of(sent, "carousel")
    given = list((carousel or {}).get("cards") or ())
    if len(given) != len(stored):
        raise Mismatch(COUNT, field, f"the template has {len(stored)} cards, {len(given)} were given")
    for index, (card, filled) in enumerate(zip(stored, given, strict=True)):
        _check_card(template, card.get("components") or [], filled.get("components") or [], f"{field}.cards.{index}")


def _check_card(template: StoredTemplate, stored: Sequence[Component], sent: Sequence[Component], field: str) -> None:
    _check_header(template, stored, sent, f"{field}.header")
    _check_text(template, templates.component_text(stored, "BODY"), _of(sent, "body"), f"{field}.body")
    _check_buttons(stored, sent, f"{field}.button")


def _check_kind(parameter: Component, wanted: str, field: str) -> None:
    if parameter.get("type") != wanted:
        raise Mismatch(FORMAT, field, f"must be of type {wanted}")
    if not parameter.get(wanted):
        raise Mismatch(MISSING, f"{field}.{wanted}", "is empty")


def _refuse_extra(sent: Component | None, field: str) -> None:
    if sent is not None and _parameters(sent):
        raise Mismatch(COUNT, field, f"the template has no such part, {len(_parameters(sent))} parameters were given")


def _of(components: Sequence[Component], kind: str) -> Component | None:
    for part in components:
        if str(part.get("type", "")).lower() == kind:
            return part
    return None


def _parameters(sent: Component | None) -> Sequence[Component]:
    return list((sent or {}).get("parameters") or ())
