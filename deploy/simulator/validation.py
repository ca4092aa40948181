"""What Meta refuses about a message's form, judged independently of the sender's own checks.

Sources: the message-type pages of Meta's documentation. Missing -> 131008, out of bounds -> 131009, not a parameter
-> 100, type -> 131051.
"""

from collections.abc import Callable
from typing import Any, Final

from deploy.simulator.errors import Problem
from deploy.simulator.validation_interactive import interactive_problem
from deploy.simulator.validation_parts import MISSING, VALUE, media_problem, text_problem

_PARAMETER: Final = 100
_TYPE: Final = 131051
_CALLBACK_MAX: Final = 512
_KNOWN: Final = frozenset({
    "messaging_product", "recipient_type", "to", "recipient", "recipient_identity_key_hash", "type", "context",
    "biz_opaque_callback_data",
})  # fmt: skip


def message_problem(body: dict[str, Any]) -> Problem | None:
    """The first thing wrong with a message; None if its form is right (templates are judged against the catalogue
    elsewhere).
    """
    if body.get("messaging_product") != "whatsapp":
        return Problem(_PARAMETER, "The parameter messaging_product is required.")
    if not (body.get("to") or body.get("recipient")):
        return Problem(_PARAMETER, "The parameter to is required.")
    kind = body.get("type", "text")
    check = _CHECKS.get(kind)
    if check is None:
        return Problem(_TYPE, "Message type unknown")
    return _envelope_problem(body, kind) or check(body[kind])


def _envelope_problem(body: dict[str, Any], kind: str) -> Problem | None:
    if not isinstance(body.get(kind), list if kind == "contacts" else dict):
        return Problem(_PARAMETER, f"The parameter {kind} is required.")
    for key in body:
        if key not in _KNOWN and key != kind:
            return Problem(_PARAMETER, f"Unexpected key {key} on param message.")
    if "context" in body and not (isinstance(body["context"], dict) and body["context"].get("message_id")):
        return Problem(MISSING, "context.message_id is required.")
    if body.get("recipient_type", "individual") not in {"individual", "group"}:
        return Problem(_PARAMETER, "recipient_type must be individual or group.")
    return text_problem(body, "biz_opaque_callback_data", most=_CALLBACK_MAX, optional=True, least=0)


def _text(content: dict[str, Any]) -> Problem | None:
    if not isinstance(content.get("preview_url", False), bool):
        return Problem(_PARAMETER, "text.preview_url must be a boolean.")
    return text_problem(content, "body", most=4096, field="text.body")


def _captioned(content: dict[str, Any]) -> Problem | None:
    return media_problem(content) or text_problem(content, "caption", most=1024, optional=True)


def _captionless(content: dict[str, Any]) -> Problem | None:
    if "caption" in content:
        return Problem(_PARAMETER, "Unexpected key caption: this media has none.")
    return media_problem(content)


def _location(content: dict[str, Any]) -> Problem | None:
    for name, most in (("latitude", 90.0), ("longitude", 180.0)):
        if name not in content:
            return Problem(MISSING, f"location.{name} is required.")
        try:
            if abs(float(content[name])) > most:
                return Problem(VALUE, f"location.{name} is out of range.")
        except (TypeError, ValueError):
            return Problem(VALUE, f"location.{name} must be a number.")
    return None


def _contacts(content: list[Any]) -> Problem | None:
    if not 1 <= len(content) <= 257:
        return Problem(VALUE, f"contacts must have 1 to 257 elements, has {len(content)}.")
    for contact in content:
        name = contact.get("name") if isinstance(contact, dict) else None
        if not isinstance(name, dict) or not name.get("formatted_name"):
            return Problem(MISSING, "contacts[].name.formatted_name is required.")
    return None


def _reaction(content: dict[str, Any]) -> Problem | None:
    if not isinstance(content.get("emoji"), str):
        return Problem(MISSING, "reaction.emoji is required.")
    return text_problem(content, "message_id", most=512, field="reaction.message_id")


def _template(content: dict[str, Any]) -> Problem | None:
    language = content.get("language")
    if not isinstance(language, dict) or not language.get("code"):
        return Problem(MISSING, "template.language.code is required.")
    if not isinstance(content.get("components", []), list):
        return Problem(_PARAMETER, "template.components must be an array.")
    return text_problem(content, "name", most=512, field="template.name")


_CHECKS: Final[dict[str, Callable[[Any], Problem | None]]] = {
    "text": _text,
    "image": _captioned,
    "video": _captioned,
    "document": _captioned,
    "audio": _captionless,
    "sticker": _captionless,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": interactive_problem,
    "template": _template,
}
