"""Contacts: list, one, what people may change of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sender_service.access import Role
from sender_service.api.ids import contact_id
from sender_service.api.lists import as_read, newest
from sender_service.api.problems import Problem, not_found
from sender_service.api.route import Call, Nothing, Ready
from sender_service.api.shapes.people import ContactChange, ContactQuery
from sender_service.store import address_book, audit, outbox
from sender_service.store.address_book import ContactEdit, ContactFilters
from sender_service.store.database import Connection
from sender_service.store.tenancy import acting, reading
from shared.contracts.events import CONTACT_OPTED_IN, CONTACT_OPTED_OUT, DomainEvent


async def find(call: Call[ContactQuery, Nothing]) -> Ready:
    """The contacts of the organization, newest first."""
    query = call.query
    filters = ContactFilters(
        tag=query.tag, pinned=query.pinned, blocked=query.blocked, opted_out=query.opted_out, named=query.q
    )
    async with reading(call.runtime.readers, call.organization_id) as conn:
        return Ready(await newest(conn, call, address_book.page, address_book.count, filters, shown=as_read))


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One contact, by id or by `+<E.164>`."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        key = await contact_id(conn, call.organization_id, call.path["id"])
        return await _found(conn, call.organization_id, key)


async def edit(call: Call[Nothing, ContactChange]) -> dict[str, Any]:
    """Change a contact; an opt-out needs the role MANAGER and is told to the bus."""
    body = call.body
    if body.marketing_opted_out is not None and not call.actor.may(Role.MANAGER):
        raise Problem("FORBIDDEN", "marketing_opted_out needs the role MANAGER")
    told: tuple[int, DomainEvent] | None = None
    async with acting(call.runtime.pool, call.organization_id) as conn:
        key = await contact_id(conn, call.organization_id, call.path["id"])
        change = ContactEdit(**body.model_dump(exclude={"marketing_opted_out"}), cleared=body.cleared())
        if not await address_book.edit(conn, call.organization_id, key, change):
            raise not_found("contact")
        fields = sorted(body.model_fields_set)
        await audit.record(conn, call.actor, "contact.changed", f"contact:{key}", fields=fields, blocked=body.blocked)
        if body.marketing_opted_out is not None:
            told = await _opt(conn, call, key, out=body.marketing_opted_out)
        answer = await _found(conn, call.organization_id, key)
    if told is not None:
        call.runtime.relay(told[0], [told[1]])
    return answer


async def _opt(
    conn: Connection, call: Call[Nothing, ContactChange], key: int, *, out: bool
) -> tuple[int, DomainEvent] | None:
    """The outbox row and event of an opt-out or opt-in; None when it already was so."""
    if not await address_book.opt(conn, call.organization_id, key, out=out):
        return None
    name = CONTACT_OPTED_OUT if out else CONTACT_OPTED_IN
    data = {"contact_id": key, "by": call.actor.name}
    event = DomainEvent(name, call.organization_id, f"{key}.{uuid4().hex}", datetime.now(UTC), data)
    outbox_id = await outbox.append(conn, [event])
    return None if outbox_id is None else (outbox_id, event)


async def _found(conn: Connection, organization_id: int, key: int) -> dict[str, Any]:
    row = await address_book.get(conn, organization_id, key)
    if row is None:
        raise not_found("contact")
    return shown(row)


def shown(row: Any) -> dict[str, Any]:
    """A row as the API shows it."""
    return {**row, "marketing_opted_out": row["marketing_opted_out_at"] is not None}
