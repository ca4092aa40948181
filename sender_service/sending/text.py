"""The words of an outbound message, for lists, search and notes."""

from typing import Any

from shared.contracts.send_message import SendMessage


def words(command: SendMessage) -> str | None:
    """Body, caption, question or emoji; None where a message has no words (a template's come from its stored form)."""
    content = command.content
    match command.type:
        case "text":
            return _text(content.get("body"))
        case "image" | "video" | "document":
            return _text(content.get("caption")) or _text(content.get("filename"))
        case "interactive":
            return _text((content.get("body") or {}).get("text"))
        case "reaction":
            return _text(content.get("emoji"))
        case "location":
            return _text(content.get("name")) or _text(content.get("address"))
        case "contacts":
            return ", ".join(name for name in map(_contact_name, content) if name) or None
        case _:
            return None


def _contact_name(contact: Any) -> str | None:
    return _text((contact.get("name") or {}).get("formatted_name")) if isinstance(contact, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
