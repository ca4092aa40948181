"""One object of `statuses[]` -> a `Status`. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages/status"""

from typing import Any, Final

from sender_service.inbound.items import EPOCH, Status
from sender_service.inbound.lenient import dumps, key, moment, text
from sender_service.inbound.parse_message import first_error

_PARTICIPANTS: Final = ("recipient_participant_id", "recipient_participant_user_id")


def status(item: dict[str, Any], webhook: int, phone_number_id: str) -> Status:
    """The status this item, which has an id, reports; an unreadable time is the epoch, so a repeat stays one."""
    code, error = first_error(item) if "errors" in item else (None, None)
    pricing = item.get("pricing")
    return Status(
        webhook,
        phone_number_id,
        key(item["id"]) or "",
        text(item.get("biz_opaque_callback_data")),
        key(item.get("status")) or "unknown",
        _participant(item) if "recipient_type" in item else "",
        moment(item.get("timestamp")) or EPOCH,
        code,
        error,
        dumps(pricing) if isinstance(pricing, dict) else None,
        item,
    )


def _participant(item: dict[str, Any]) -> str:
    for name in _PARTICIPANTS:
        if found := key(item.get(name)):
            return found
    return ""
