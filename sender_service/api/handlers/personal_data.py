"""A contact's personal data: given out whole, or taken out everywhere."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiohttp import web

from sender_service.api.handlers.contacts import shown
from sender_service.api.ids import contact_id
from sender_service.api.problems import not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.messages import Message
from sender_service.store import address_book, audit, erasure, history, inbox, sales
from sender_service.store.history import Filters
from sender_service.store.tenancy import acting

AT_ONCE = 500
# Raw webhooks are searched a span at a time, so that no statement and no lock takes long.
SPAN = timedelta(hours=6)


async def export(call: Call[Nothing, Nothing]) -> web.StreamResponse:
    """One JSON object per line: the contact, its lead with notes, its conversations, its messages."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        key = await contact_id(conn, call.organization_id, call.path["id"])
        if await address_book.get(conn, call.organization_id, key) is None:
            raise not_found("contact")
        await audit.record(conn, call.actor, "contact.exported", f"contact:{key}")
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/x-ndjson; charset=utf-8",
            "Content-Disposition": f'attachment; filename="contact-{key}.ndjson"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(call.request)
    async for line in _lines(call, key):
        await response.write(line)
    await response.write_eof()
    return response


async def _lines(call: Call[Nothing, Nothing], key: int) -> AsyncIterator[bytes]:
    organization_id = call.organization_id
    async with acting(call.runtime.pool, organization_id) as conn:
        contact = await address_book.get(conn, organization_id, key)
        talks = await inbox.of_contact(conn, organization_id, key)
        conversations = await history.conversations_of_contact(conn, organization_id, key)
    yield _line("contact", shown(contact))
    for talk in talks:
        yield _line("conversation", dict(talk))
    if contact is not None and contact["lead_id"] is not None:
        async for line in _lead(call, contact["lead_id"]):
            yield line
    before: int | None = None
    while True:
        async with acting(call.runtime.pool, organization_id) as conn:
            filters = Filters(conversations=conversations)
            rows = await history.page(conn, organization_id, filters, before=before, limit=AT_ONCE)
        for row in rows[:AT_ONCE]:
            yield _line("message", Message.model_validate(dict(row)).model_dump(mode="json", by_alias=True))
        if len(rows) <= AT_ONCE:
            return
        before = rows[AT_ONCE - 1]["id"]


async def _lead(call: Call[Nothing, Nothing], lead_id: int) -> AsyncIterator[bytes]:
    async with acting(call.runtime.pool, call.organization_id) as conn:
        lead = await sales.get(conn, call.organization_id, lead_id)
        notes = await sales.notes(conn, call.organization_id, lead_id, before=None, limit=10_000)
    if lead is not None:
        yield _line("lead", dict(lead))
    for note in notes:
        yield _line("note", dict(note))


def _line(kind: str, value: dict[str, Any]) -> bytes:
    return orjson.dumps({"kind": kind} | value, option=orjson.OPT_APPEND_NEWLINE)


async def erase(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Take the contact out of messages, files, notes, raw webhooks and dead letters; safe to repeat when it broke off.

    1. what waits is cancelled   2. messages are emptied in batches, with their files   3. raw data is searched by the
    contact's identifiers        4. last the contact itself loses them: until then a repeat finds everything again
    """
    organization_id = call.organization_id
    async with acting(call.runtime.pool, organization_id) as conn:
        key = await contact_id(conn, organization_id, call.path["id"])
        known = await erasure.begin(conn, organization_id, key)
        if known is None:
            raise not_found("contact")
        await audit.record(conn, call.actor, "contact.erased", f"contact:{key}")
        await erasure.cancel(conn, organization_id, key)
    messages = await _empty_messages(call, key)
    values = sorted({value for value in (known["wa_id"], known["phone"], known["bsuid"], *known["aliases"]) if value})
    if values:
        await _empty_raw(call, values)
    async with acting(call.runtime.pool, organization_id) as conn:
        if known["lead_id"] is not None:
            await erasure.lead(conn, organization_id, known["lead_id"])
        await erasure.contact(conn, organization_id, key)
    return {"contact_id": key, "messages": messages}


async def _empty_messages(call: Call[Nothing, Nothing], key: int) -> int:
    """How many messages were emptied."""
    below: int | None = None
    count = 0
    while True:
        async with acting(call.runtime.pool, call.organization_id) as conn:
            ids = await erasure.messages(conn, call.organization_id, key, below=below, limit=AT_ONCE)
            await erasure.traces(conn, call.organization_id, ids)
            paths = await erasure.files(conn, call.organization_id, ids)
        for path in paths:
            await call.runtime.files.delete(path)
        count += len(ids)
        if len(ids) < AT_ONCE:
            return count
        below = ids[-1]


async def _empty_raw(call: Call[Nothing, Nothing], known: list[str]) -> None:
    async with acting(call.runtime.pool, call.organization_id) as conn:
        await erasure.letters(conn, call.organization_id, known)
        await erasure.parked(conn, call.organization_id, known)
        since = await erasure.oldest_webhook(conn)
    now = datetime.now(UTC)
    while since is not None and since <= now:
        async with acting(call.runtime.pool, call.organization_id) as conn:
            await erasure.webhooks(conn, call.organization_id, known, since, until=since + SPAN)
        since += SPAN
