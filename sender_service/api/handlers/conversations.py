"""Conversations: the inbox, the messages of one, who has it, what is read."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sender_service.api.handlers.messages import message_page
from sender_service.api.handlers.send import accept_one
from sender_service.api.ids import conversation_id, row_id
from sender_service.api.lists import among, without_among
from sender_service.api.paging import capped, decode_cursor, listing, total_told
from sender_service.api.problems import invalid, not_found
from sender_service.api.route import Call, Nothing, Ready
from sender_service.api.shapes.messages import MessageQuery
from sender_service.api.shapes.people import Assignment, ConversationPaging, InboxQuery
from sender_service.store import audit, inbox, outbox, users
from sender_service.store.database import Connection
from sender_service.store.history import Filters
from sender_service.store.inbox import InboxFilters
from sender_service.store.tenancy import acting, reading
from shared.contracts.events import CONVERSATION_ASSIGNED, DomainEvent


async def find(call: Call[InboxQuery, Nothing]) -> Ready:
    """The inbox, the latest conversation first."""
    query = call.query
    after = decode_cursor(query.cursor, datetime.fromisoformat, row_id)
    async with reading(call.runtime.readers, call.organization_id) as conn:
        filters = InboxFilters(
            status=query.status,
            assigned_to_id=query.assigned_to_id,
            unassigned=query.unassigned,
            unread=query.unread,
            phone_number_id=query.phone_number_id,
            contact_id=query.contact_id,
            named=query.q,
        )
        rows = await inbox.page(
            conn,
            call.organization_id,
            filters,
            after=(after[0], after[1]) if after else None,
            limit=query.limit,
            offset=query.offset,
        )
        total = total_told(rows, query)
        if total is None:
            total = among(rows)
        if total is None:
            total = await call.runtime.totals.counted(
                ("inbox", call.organization_id, repr(filters)),
                lambda: inbox.count(conn, call.organization_id, filters),
            )
    return Ready(listing(without_among(rows), capped(total), query, lambda row: (row["last_message_at"], row["id"])))


async def messages(call: Call[ConversationPaging, Nothing]) -> Ready:
    """The messages of one conversation, newest first."""
    query = MessageQuery(page=call.query.page, limit=call.query.limit, cursor=call.query.cursor)
    async with reading(call.runtime.readers, call.organization_id) as conn:
        key = await conversation_id(conn, call.organization_id, call.path["id"])
        if not await inbox.exists(conn, call.organization_id, key):
            raise not_found("conversation")
        return await message_page(conn, call, Filters(conversation_id=key), query)


async def assign(call: Call[Nothing, Assignment]) -> dict[str, Any]:
    """Give a conversation to a user, or to nobody, and tell the bus."""
    user_id = call.body.assigned_to_id
    async with acting(call.runtime.pool, call.organization_id) as conn:
        key = await conversation_id(conn, call.organization_id, call.path["id"])
        if user_id is not None and await users.get(conn, call.organization_id, user_id) is None:
            raise invalid("assigned_to_id", "is not a user of this organization")
        if not await inbox.assign(conn, call.organization_id, key, user_id):
            raise not_found("conversation")
        await audit.record(conn, call.actor, "conversation.assigned", f"conversation:{key}", assigned_to_id=user_id)
        row = await _found(conn, call.organization_id, key)
        told = {"conversation_id": key, "assigned_to_id": user_id, "assigned_by": call.actor.name}
        event = DomainEvent(CONVERSATION_ASSIGNED, call.organization_id, uuid4().hex, datetime.now(UTC), told)
        outbox_id = await outbox.append(conn, [event])
    if outbox_id is not None:
        call.runtime.relay(outbox_id, [event])
    return row


async def mark_read(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Nothing is unread any more, here and, by a mark_read message, at Meta."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        key = await conversation_id(conn, call.organization_id, call.path["id"])
        before = await _found(conn, call.organization_id, key)
        await inbox.mark_read(conn, call.organization_id, key)
        row = await _found(conn, call.organization_id, key)
    if before["unread_count"] and before["last_customer_wamid"]:
        data = {
            "phone_number_id": before["phone_number_id"],
            "type": "mark_read",
            "mark_read": {"message_id": before["last_customer_wamid"]},
        }
        await accept_one(call.runtime, call.organization_id, data, key=f"mark_read.{before['last_customer_wamid']}")
    return row


async def _found(conn: Connection, organization_id: int, key: int) -> dict[str, Any]:
    row = await inbox.get(conn, organization_id, key)
    if row is None:
        raise not_found("conversation")
    return dict(row)
