"""Chats from before a number came here -> the log, below all that came since: read, without leads and events."""

from collections.abc import Sequence
from typing import NamedTuple

from sender_service.inbound import link
from sender_service.inbound.items import AccountChange
from sender_service.inbound.parse_app import HISTORY
from sender_service.inbound.parse_history import PLACEHOLDER, RANKS, Past, distinct, past
from sender_service.inbound.people import Sighting
from sender_service.inbound.record_messages import file
from sender_service.inbound.resolve import resolve
from sender_service.inbound.shown import render
from sender_service.store import conversations, inbound_messages, past_messages
from sender_service.store.claims import Owner
from sender_service.store.contact_rows import Contact
from sender_service.store.database import Connection


class Placed(NamedTuple):
    """A message that was new: its row, its customer, and what a person reads of it."""

    organization_id: int
    id: int
    past: Past
    contact: Contact | None
    text: str


async def record(conn: Connection, changes: Sequence[AccountChange], owners: dict[str, Owner]) -> None:
    """Write what these changes tell, each message once and never beside its live row. Raise `IdentityRaced`."""
    tellings: list[tuple[int, Past]] = []
    languages: dict[int, str] = {}
    for change in changes:
        owner = owners.get(change.phone_number_id or "")
        if change.field == HISTORY and owner is not None:
            languages[owner.organization_id] = owner.language
            tellings += [(owner.organization_id, telling) for telling in past(change)]
    if not tellings:
        return
    found = distinct(tellings)
    ids = await past_messages.claim(conn, *_columns(found))
    if again := [each for each in found if _key(each) not in ids]:
        await _retell(conn, again, languages)
    if new := [(ids[_key(each)], *each) for each in found if _key(each) in ids]:
        await _write(conn, await _place(conn, new, languages))


def _key(telling: tuple[int, Past]) -> tuple[int, str]:
    return telling[0], telling[1].message.wamid


def _columns(found: Sequence[tuple[int, Past]]) -> tuple[list[int], list[str]]:
    return [organization_id for organization_id, _ in found], [telling.message.wamid for _, telling in found]


async def _retell(conn: Connection, again: Sequence[tuple[int, Past]], languages: dict[int, str]) -> None:
    """Complete what is known from before already; what arrived live stays as it is."""
    rows = [
        past_messages.Retold(
            organization_id,
            told.message.wamid,
            told.message.type,
            render(told.message.shown, languages[organization_id]),
            told.message.raw,
            told.status,
            told.message.error_code,
            told.message.error_message,
        )
        for organization_id, told in sorted(again, key=_key)
    ]
    filed = await past_messages.retell(conn, rows, PLACEHOLDER, RANKS)
    await _fetch(conn, [(filed[_key(each)], *each) for each in again if _key(each) in filed])


async def _place(conn: Connection, new: Sequence[tuple[int, int, Past]], languages: dict[int, str]) -> list[Placed]:
    named = [(message_id, organization_id, told) for message_id, organization_id, told in new if _is_named(told)]
    people = await resolve(conn, [Sighting(owner, told.message.sender, told.message.at) for _, owner, told in named])
    contact_of = {each[0]: contact for each, contact in zip(named, people.contacts, strict=True)}
    return [
        Placed(owner, message_id, told, contact_of.get(message_id), render(told.message.shown, languages[owner]))
        for message_id, owner, told in new
    ]


def _is_named(told: Past) -> bool:
    return told.message.sender.phone is not None or told.message.sender.bsuid is not None


async def _write(conn: Connection, placed: Sequence[Placed]) -> None:
    opened = await conversations.recall(conn, _conversations(placed))
    await past_messages.add(conn, [_row(item, opened) for item in placed])
    await _fetch(conn, [(item.id, item.organization_id, item.past) for item in placed])


async def _fetch(conn: Connection, told: Sequence[tuple[int, int, Past]]) -> None:
    """List the files for download; Meta keeps them for some days from now, however old the message is."""
    files = [
        file(organization_id, message_id, telling.message, media)._replace(created_at=telling.told_at)
        for message_id, organization_id, telling in told
        if (media := telling.message.media) is not None
    ]
    if files:
        await inbound_messages.add_media(conn, files)


def _conversations(placed: Sequence[Placed]) -> list[conversations.Recalled]:
    """The latest message of each number and contact; `placed` begins with the newest."""
    latest: dict[tuple[str, int], conversations.Recalled] = {}
    for item in placed:
        if item.contact is None:
            continue
        message = item.past.message
        recalled = conversations.Recalled(
            item.organization_id,
            message.phone_number_id,
            item.contact.id,
            link.subject(item.contact),
            item.id,
            message.at,
            item.text,
            _direction(item.past),
        )
        latest.setdefault((message.phone_number_id, item.contact.id), recalled)
    return list(latest.values())


def _direction(told: Past) -> str:
    return "outbound" if told.ours else "inbound"


def _row(item: Placed, opened: dict[tuple[str, int], int]) -> past_messages.Row:
    message, contact = item.past.message, item.contact
    return past_messages.Row(
        item.organization_id,
        item.id,
        _direction(item.past),
        message.phone_number_id,
        contact.id if contact else None,
        opened[message.phone_number_id, contact.id] if contact else None,
        message.type,
        item.past.status,
        message.wamid,
        message.sender.wa_id or message.sender.bsuid,
        item.text,
        message.raw,
        message.context_wamid,
        message.error_code,
        message.error_message,
        message.warning,
        message.at,
    )
