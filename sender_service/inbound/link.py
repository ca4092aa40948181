"""What conversations, leads and events are called and made of. Pure."""

from typing import Final

from sender_service.inbound.items import Message
from sender_service.store.contact_rows import Contact, Link
from shared.contracts import events
from shared.contracts.events import DomainEvent

# Nobody wrote: neither unread, nor the start of a service window.
_SILENT: Final = frozenset({"system"})


def called(contact: Contact) -> str:
    """What a contact without a name is called by: its phone, else its username, else its user id."""
    if contact.phone is not None:
        return f"+{contact.phone}"
    return contact.username or contact.bsuid or str(contact.id)


def subject(contact: Contact) -> str:
    """The subject of a contact's conversations."""
    return f"WhatsApp: {contact.display_name or contact.app_name or contact.profile_name or called(contact)}"


def lead_name(contact: Contact) -> str:
    """The name of a lead made for a contact."""
    return f"WhatsApp {called(contact)}"


def is_from_customer(message: Message) -> bool:
    """Whether somebody wrote, or the system only tells something about somebody."""
    return message.type not in _SILENT


def received(
    organization_id: int, message: Message, message_id: int, *, contact: Contact | None, conversation_id: int | None
) -> DomainEvent:
    """The event of a new message: ids only, because events carry no personal data."""
    return DomainEvent(
        events.MESSAGE_RECEIVED,
        organization_id,
        str(message_id),
        message.at,
        {
            "message_id": message_id,
            "phone_number_id": message.phone_number_id,
            "contact_id": contact.id if contact else None,
            "conversation_id": conversation_id,
            "lead_id": contact.lead_id if contact else None,
            "type": message.type,
        },
    )


def linked(link: Link, message: Message, message_id: int) -> list[DomainEvent]:
    """The events of a lead that was made for, or found for, a contact."""
    data = {
        "lead_id": link.lead_id,
        "contact_id": link.contact_id,
        "reason": link.reason,
        "message_id": message_id,
        "source": "whatsapp",
    }
    key = f"{link.lead_id}.{link.contact_id}"
    told = [DomainEvent(events.LEAD_LINKED, link.organization_id, key, message.at, data)]
    if link.reason == "created":
        told.insert(0, DomainEvent(events.LEAD_CREATED, link.organization_id, str(link.lead_id), message.at, data))
    return told
