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
            if mapping(item).get("errors"):
                return "errors"
            return text(mapping(item).get("type")) or text(mapping(item).get("event")) or name
    return None


# Words that speak of one thing, so that the latest of them decides; every other word stands for itself.
_ASPECTS: Final = {
    "message_template_status_update": {"FLAGGED": "note", "LOCKED": "note", "IN_APPEAL": "note"},
    "phone_number_quality_update": {"FLAGGED": "quality", "UNFLAGGED": "quality", "THROUGHPUT_UPGRADE": "throughput"},
}
_BANS: Final = frozenset({"ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "ACCOUNT_RECONNECTED", "DISABLED_UPDATE"})


def subject(change: AccountChange) -> str:
    """What it is about: the thing, and which side of it where a field has several, as `<thing>#<side>`."""
    thing, side = _thing(change), _side(change)
    return f"{thing}#{side}" if side else thing


def _side(change: AccountChange) -> str:
    word = text(change.value.get("event")) or ""
    if change.field == "account_update":
        return "" if word in _BANS else key(word) or ""
    if change.field == "account_settings_update":
        return key(change.value.get("type")) or ""
    return _ASPECTS.get(change.field, {}).get(word, "")


def _thing(change: AccountChange) -> str:
    """A template and its language, a number, else the account."""
    value = change.value
    if change.field in TEMPLATE_FIELDS:
        return key(f"{text(value.get('message_template_name'))}/{text(value.get('message_template_language'))}") or ""
    number = text(value.get("display_phone_number"))
    return key(number) or change.phone_number_id or change.account_id or ""


def digits(value: Any) -> str:
    """The digits of a displayed phone number."""
    return "".join(filter(str.isdigit, text(value) or ""))
