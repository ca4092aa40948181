"""Valid things with defaults; a test names only what it is about."""

from typing import Any
from uuid import uuid4

PHONE_NUMBER_ID = "106540352242922"


def send_command(*, data: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A text command as another backend publishes it: a structured CloudEvent. `data` is merged into the message."""
    message = {
        "phone_number_id": PHONE_NUMBER_ID,
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+393331234567",
        "type": "text",
        "text": {"body": "Your table is ready."},
    }
    event = {
        "specversion": "1.0",
        "type": "colomba.send_message.v1",
        "id": str(uuid4()),
        "source": "/tests",
        "time": "2026-11-20T10:00:00Z",
        "datacontenttype": "application/json",
        "data": message | (data or {}),
    }
    return event | changes
