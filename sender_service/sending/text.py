"""The words of an outbound message, for lists, search and notes."""

from collections.abc import Callable
from typing import Any, Final

from sender_service.sending.template_text import rendered
from sender_service.sending.templates import StoredTemplate
from shared.contracts.send_message import SendMessage


def words(command: SendMessage, template: StoredTemplate | None = None) -> str | None:
    """Body, caption, question, emoji, or a template with its variables filled in; None where a message has no words.

    Never fails: a message whose content makes no sense is refused elsewhere, and logged all the same.
    """
    if command.type == "template":
        return rendered(command.content, template)
    find = _WORDS.get(command.type)
    return _text(find(command.content)) if find is not None else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _get(owner: Any, *keys: str) -> Any:
    for key in keys:
        owner = owner.get(key) if isinstance(owner, dict) else None
    return owner


def _captioned(content: Any) -> str | None:
    return _text(_get(content, "caption")) or _text(_get(content, "filename"))


def _place(content: Any) -> str | None:
    return _text(_get(content, "name")) or _text(_get(content, "address"))


def _names(content: Any) -> str:
    contacts = content if isinstance(content, list) else []
    names = [_text(_get(contact, "name", "formatted_name")) for contact in contacts]
    return ", ".join(name for name in names if name)


_WORDS: Final[dict[str, Callable[[Any], Any]]] = {
    "text": lambda content: _get(content, "body"),
    "image": _captioned,
    "video": _captioned,
    "document": _captioned,
    "interactive": lambda content: _get(content, "body", "text"),
    "reaction": lambda content: _get(content, "emoji"),
    "location": _place,
    "contacts": _names,
}
