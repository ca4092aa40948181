"""What a change of an account, a number or a template is about and what happened. Pure."""

from typing import Any, Final

from sender_service.inbound.items import AccountChange
from sender_service.inbound.lenient import items, key, mapping, text

TEMPLATE_FIELDS: Final = frozenset({
    "message_template_status_update", "message_template_quality_update", "message_template_components_update",
    "template_category_update", "template_correct_category_detection",
})  # fmt: skip


def field(change: AccountChange) -> str:
    """The name of the field, short enough for an index."""
    return key(change.field) or ""


def event(change: AccountChange) -> str | None:
    """What happened, in Meta's own word where it has one."""
    value = change.value
    if value.get("errors"):
        return "errors"
    for name in ("event", "alert_type", "decision", "new_quality_score", "new_category", "type"):
        if found := text(value.get(name)):
            return found
    for name in ("groups", "calls", "message_echoes", "state_sync", "history", "automatic_events"):
        for item in items(value.get(name))[:1]:
            return text(mapping(item).get("type")) or text(mapping(item).get("event")) or name
    return None


def subject(change: AccountChange) -> str:
    """What it happened to: a template and its language, a number, else the account."""
    value = change.value
    if change.field in TEMPLATE_FIELDS:
        return key(f"{text(value.get('message_template_name'))}/{text(value.get('message_template_language'))}") or ""
    number = text(value.get("display_phone_number"))
    return key(number) or change.phone_number_id or change.account_id or ""


def digits(value: Any) -> str:
    """The digits of a displayed phone number."""
    return "".join(filter(str.isdigit, text(value) or ""))
