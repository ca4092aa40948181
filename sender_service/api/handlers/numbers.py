"""Phone numbers: registered, throttled, paused and resumed; their tokens are taken and never shown."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sender_service import phone
from sender_service.api.ids import given_id
from sender_service.api.paging import Paging, Total, decode_cursor, listing
from sender_service.api.problems import Problem, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.numbers import NewNumber, NumberChange, Pause, Token
from sender_service.errors import NumberTaken, VaultClosed
from sender_service.store import accounts, audit, numbers, outbox, senders
from sender_service.store.database import Connection
from sender_service.store.numbers import NumberEdit
from sender_service.store.tenancy import acting
from shared.contracts.events import NUMBER_PAUSED, NUMBER_RESUMED, DomainEvent


async def find(call: Call[Paging, Nothing]) -> dict[str, Any]:
    """The numbers of the organization."""
    query = call.query
    key = decode_cursor(query.cursor, given_id)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await numbers.page(
            conn, call.organization_id, after=key[0] if key else None, limit=query.limit, offset=query.offset
        )
    total = Total(rows[0]["total"] if rows else 0)
    return listing([_shown(row) for row in rows], total, query, lambda row: (row["id"],))


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One number with its backlog and the use of its caps."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await _found(conn, call.organization_id, call.path["id"])


async def create(call: Call[Nothing, NewNumber]) -> dict[str, Any]:
    """Register a number; registering it again brings it up to date."""
    body, digits = call.body, call.body.phone[1:]
    token = _encrypted(call, body.token) if body.token else None
    async with acting(call.runtime.pool, call.organization_id) as conn:
        await accounts.ensure(conn, call.organization_id, body.business_account_id)
        try:
            await numbers.ensure(
                conn,
                call.organization_id,
                body.id,
                account_id=body.business_account_id,
                digits=digits,
                display=phone.display(digits),
                country=phone.country_of(digits),
                token=token,
            )
        except NumberTaken:
            raise Problem("CONFLICT", "id: this number is registered already") from None
        await audit.record(conn, call.actor, "number.added", f"number:{body.id}", with_token=token is not None)
        return await _found(conn, call.organization_id, body.id)


async def edit(call: Call[Nothing, NumberChange]) -> dict[str, Any]:
    """Change a number's tier, caps or phone."""
    number_id, body = call.path["id"], call.body
    digits = body.phone[1:] if body.phone else None
    change = NumberEdit(
        display=phone.display(digits) if digits else None,
        digits=digits,
        country=phone.country_of(digits) if digits else None,
        throughput=body.throughput,
        cap_per_second=body.cap_per_second,
        cap_per_hour=body.cap_per_hour,
        cap_per_day=body.cap_per_day,
    )
    async with acting(call.runtime.pool, call.organization_id) as conn:
        if not await numbers.edit(conn, call.organization_id, number_id, change):
            raise not_found("number")
        fields = sorted(body.model_fields_set)
        await audit.record(conn, call.actor, "number.changed", f"number:{number_id}", fields=fields)
        return await _found(conn, call.organization_id, number_id)


async def pause(call: Call[Nothing, Pause]) -> dict[str, Any]:
    """Stop sending from a number; what waits stays visible and cancellable."""
    number_id, reason = call.path["id"], call.body.reason
    async with acting(call.runtime.pool, call.organization_id) as conn:
        answer = await _found(conn, call.organization_id, number_id)
        if not await numbers.pause(conn, call.organization_id, number_id, reason):
            return answer
        await audit.record(conn, call.actor, "number.paused", f"number:{number_id}", reason=reason)
        event = _event(call, NUMBER_PAUSED, reason=reason)
        outbox_id = await outbox.append(conn, [event])
        answer = await _found(conn, call.organization_id, number_id)
    if outbox_id is not None:
        call.runtime.relay(outbox_id, [event])
    return answer


async def resume(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Lift every pause: the number's, its credential's and its account's."""
    number_id = call.path["id"]
    async with acting(call.runtime.pool, call.organization_id) as conn:
        before = await _found(conn, call.organization_id, number_id)
        await senders.resume(conn, call.organization_id, number_id)
        await audit.record(conn, call.actor, "number.resumed", f"number:{number_id}", reason=before["pause_reason"])
        event = _event(call, NUMBER_RESUMED)
        outbox_id = await outbox.append(conn, [event])
        answer = await _found(conn, call.organization_id, number_id)
    if outbox_id is not None:
        call.runtime.relay(outbox_id, [event])
    return answer


async def token(call: Call[Nothing, Token]) -> dict[str, Any]:
    """Replace a number's token; a pause that the old one caused is lifted."""
    number_id = call.path["id"]
    encrypted = _encrypted(call, call.body.token)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        if not await numbers.set_token(conn, call.organization_id, number_id, encrypted):
            raise not_found("number")
        await audit.record(conn, call.actor, "number.token_rotated", f"number:{number_id}")
        return await _found(conn, call.organization_id, number_id)


def _encrypted(call: Call[Any, Any], text: str) -> bytes:
    try:
        return call.runtime.tokens.vault.encrypt(text)
    except VaultClosed:
        raise Problem("CONFLICT", "this installation has no encryption keys, so it stores no tokens") from None


def _event(call: Call[Any, Any], name: str, **data: Any) -> DomainEvent:
    number_id = call.path["id"]
    facts = {"phone_number_id": number_id, "by": call.actor.name, **data}
    return DomainEvent(name, call.organization_id, f"{number_id}.{uuid4().hex}", datetime.now(UTC), facts)


async def _found(conn: Connection, organization_id: int, number_id: str) -> dict[str, Any]:
    rows = await numbers.page(conn, organization_id, number_id)
    if not rows:
        raise not_found("number")
    usage = await senders.usage(conn, organization_id, number_id)
    backlog = await numbers.backlog(conn, organization_id, number_id)
    return {**_shown(rows[0]), "backlog": backlog, "usage": usage._asdict()}


def _shown(row: Any) -> dict[str, Any]:
    """A number as its readers see it: one sentence says why it does not send, whatever the level of the pause."""
    reasons = (row["pause_reason"], row["credential_pause_reason"], row["account_pause_reason"])
    stopped = row["paused_at"] or row["credential_paused_at"] or row["account_paused_at"]
    reason = next((text for text in reasons if text), None)
    return {**row, "is_paused": stopped is not None, "paused_at": stopped, "pause_reason": reason}
