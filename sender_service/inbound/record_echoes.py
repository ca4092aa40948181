"""Messages the business sent from the app on its phone: logged as ours, in the conversation with the customer."""

from collections.abc import Sequence

from sender_service.inbound import link
from sender_service.inbound.items import AccountChange, Message
from sender_service.inbound.parse_app import ECHOES, echoes
from sender_service.inbound.people import Sighting
from sender_service.inbound.record_messages import Placed, claim, file, row
from sender_service.inbound.resolve import resolve
from sender_service.inbound.shown import render
from sender_service.store import conversations, inbound_messages
from sender_service.store.claims import Owner
from sender_service.store.contact_rows import Contact
from sender_service.store.database import Connection


async def record(conn: Connection, changes: Sequence[AccountChange], owners: dict[str, Owner]) -> None:
    """Write what these changes echo, each message once. Raise `IdentityRaced`."""
    for change in changes:
        owner = owners.get(change.phone_number_id or "")
        if change.field in ECHOES and owner is not None:
            await _record(conn, owner, echoes(change))


async def _record(conn: Connection, owner: Owner, found: Sequence[Message]) -> None:
    ids = await claim(conn, [(owner.organization_id, echo.wamid) for echo in found])
    new = [(ids[place], echo) for echo in found if (place := (owner.organization_id, echo.wamid)) in ids]
    named = [echo for _, echo in new if echo.sender.phone is not None or echo.sender.bsuid is not None]
    people = await resolve(conn, [Sighting(owner.organization_id, echo.sender, echo.at) for echo in named])
    contact_of = {id(echo): contact for echo, contact in zip(named, people.contacts, strict=True)}
    for message_id, echo in new:
        contact, text = contact_of.get(id(echo)), render(echo.shown, owner.language)
        placed = Placed(owner.organization_id, message_id, echo, contact, text)
        conversation_id = await _answer(conn, placed, contact) if contact else None
        await inbound_messages.add_echoes(conn, [row(placed, conversation_id)])
        if echo.media is not None:
            await inbound_messages.add_media(conn, [file(owner.organization_id, message_id, echo, echo.media)])


async def _answer(conn: Connection, placed: Placed, contact: Contact) -> int:
    echo = placed.message
    return await conversations.answer(
        conn,
        conversations.Answer(
            placed.organization_id,
            echo.phone_number_id,
            contact.id,
            link.subject(contact),
            placed.id,
            echo.at,
            placed.text,
        ),
    )
