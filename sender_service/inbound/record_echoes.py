"""Messages the business sent from the app on its phone: logged as ours, in the conversation with the customer."""

from collections.abc import Sequence
from typing import Final

from sender_service.inbound import link
from sender_service.inbound.items import AccountChange, Message
from sender_service.inbound.lenient import dumps, items, key
from sender_service.inbound.parse_message import message
from sender_service.inbound.parse_sender import book
from sender_service.inbound.people import Sighting
from sender_service.inbound.record_messages import Placed, row
from sender_service.inbound.resolve import resolve
from sender_service.inbound.shown import render
from sender_service.store import conversations, inbound_messages
from sender_service.store.claims import Owner
from sender_service.store.database import Connection

FIELDS: Final = frozenset({"smb_message_echoes", "message_echoes"})


async def record(conn: Connection, changes: Sequence[AccountChange], owners: dict[str, Owner]) -> None:
    """Write what these changes echo, each message once. Raise `IdentityRaced`."""
    for change in changes:
        owner = owners.get(change.phone_number_id or "")
        if change.field in FIELDS and owner is not None:
            await _record(conn, owner, echoes(change))


def echoes(change: AccountChange) -> list[Message]:
    """The messages of a change that have an id and an addressee; the change itself is kept whole in any case."""
    people = book(change.value.get("contacts"))
    found = []
    for item in items(change.value.get("message_echoes")):
        if not isinstance(item, dict) or key(item.get("id")) is None:
            continue
        turned = {**item, "from": item.get("to"), "from_user_id": item.get("to_user_id")}
        echo = message(turned, people, (change.webhook, change.phone_number_id or ""), change.received_at)
        if echo.sender.phone is not None or echo.sender.bsuid is not None:
            found.append(echo._replace(raw=dumps(item)))
    return found


async def _record(conn: Connection, owner: Owner, found: Sequence[Message]) -> None:
    ids = await inbound_messages.claim(conn, [owner.organization_id] * len(found), [echo.wamid for echo in found])
    new = [(ids[place], echo) for echo in found if (place := (owner.organization_id, echo.wamid)) in ids]
    people = await resolve(conn, [Sighting(owner.organization_id, echo.sender, echo.at) for _, echo in new])
    for (message_id, echo), contact in zip(new, people.contacts, strict=True):
        text = render(echo.shown, owner.language)
        conversation_id = await conversations.answer(
            conn,
            conversations.Answer(
                owner.organization_id,
                echo.phone_number_id,
                contact.id,
                link.subject(contact),
                message_id,
                echo.at,
                text,
            ),
        )
        placed = Placed(owner.organization_id, message_id, echo, contact, text)
        await inbound_messages.add_echoes(conn, [row(placed, conversation_id)])
