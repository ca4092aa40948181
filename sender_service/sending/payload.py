"""The exact request body of a send.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from collections.abc import Mapping
from typing import Any

from sender_service.phone import e164
from shared.contracts.send_message import MARK_READ, SendMessage


def request(command: SendMessage, digits: str | None = None) -> dict[str, Any]:
    """What is stored with the queued row: everything of the body but the attempt id.

    `digits` are the normalized phone number; None for a BSUID or a group, which go as the command has them.
    """
    if command.type == MARK_READ:
        return {**command.content, "messaging_product": "whatsapp", "status": "read"}
    body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": command.recipient_type}
    body |= _addressee(command, digits)
    body["type"] = command.type
    if command.context_message_id is not None:
        body["context"] = {"message_id": command.context_message_id}
    body[command.type] = command.content
    return body


def build(stored: Mapping[str, Any], attempt_id: str) -> dict[str, Any]:
    """The body of one attempt. Marking as read has no statuses, so nothing would ever echo an attempt id."""
    if "status" in stored:
        return dict(stored)
    return {**stored, "biz_opaque_callback_data": attempt_id}


def _addressee(command: SendMessage, digits: str | None) -> dict[str, Any]:
    """`to` wins where a command names both, as it does at Meta."""
    if digits is not None:
        who = {"to": e164(digits)}
    elif command.to is not None:
        who = {"to": command.to}
    else:
        who = {"recipient": command.recipient or ""}
    if command.recipient_identity_key_hash is not None:
        who["recipient_identity_key_hash"] = command.recipient_identity_key_hash
    return who
