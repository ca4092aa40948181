"""What can be done with a message after it was accepted: cancel, send again, settle a doubt."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sender_service.api.handlers.send import accept_one
from sender_service.api.idempotency import idempotency_key
from sender_service.api.ids import path_id
from sender_service.api.problems import Problem, not_found
from sender_service.api.route import Call, Nothing, Reply
from sender_service.api.shapes.messages import Resolution
from sender_service.store import audit, history, message_actions, outbox, send_queue
from sender_service.store.tenancy import acting
from shared.contracts.events import MESSAGE_FAILED, MESSAGE_SENT, DomainEvent

AGAIN = frozenset({"failed", "expired", "cancelled"})


async def cancel(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Take back a message that still waits; 409 once its call has begun."""
    message_id = path_id(call.path["id"], "message")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await history.get(conn, call.organization_id, message_id)
        if row is None:
            raise not_found("message")
        if row["status"] != "cancelled" and not await send_queue.cancel(conn, call.organization_id, [message_id]):
            raise Problem("CONFLICT", f"the message is {row['status']}: only one that waits can be cancelled")
        if row["status"] != "cancelled":
            await audit.record(conn, call.actor, "message.cancelled", f"message:{message_id}")
    return {"id": message_id, "status": "cancelled"}


async def resend(call: Call[Nothing, Nothing]) -> Reply:
    """A doubtful message gets a new attempt; a failed, expired or cancelled one is sent as a new message."""
    message_id = path_id(call.path["id"], "message")
    key = idempotency_key(call.request)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await message_actions.for_resend(conn, call.organization_id, message_id)
        if row is None or row["direction"] != "outbound":
            raise not_found("message")
        await audit.record(conn, call.actor, "message.resent", f"message:{message_id}", status=row["status"])
        if row["in_doubt"]:
            if await message_actions.send_doubtful_again(conn, call.organization_id, message_id):
                return Reply({"id": message_id, "status": "queued"}, headers={"Idempotency-Key": key})
            raise Problem("CONFLICT", "the doubt is over: look at the message again")
        if row["status"] not in AGAIN:
            raise Problem("CONFLICT", f"the message is {row['status']}: only what failed or is in doubt is sent again")
    accepted = await accept_one(
        call.runtime, call.organization_id, as_command(dict(row)), key=f"resend.{message_id}.{key}", lane=row["lane"]
    )
    return Reply({"id": accepted.message_id, "status": accepted.status}, headers={"Idempotency-Key": key})


async def resolve(call: Call[Nothing, Resolution]) -> dict[str, Any]:
    """Settle by hand what Meta never answered; a late echo still counts."""
    message_id = path_id(call.path["id"], "message")
    status, reason = call.body.status, call.body.reason
    async with acting(call.runtime.pool, call.organization_id) as conn:
        if await history.get(conn, call.organization_id, message_id) is None:
            raise not_found("message")
        row = await message_actions.resolve(conn, call.organization_id, message_id, status=status, reason=reason)
        if row is None:
            raise Problem("CONFLICT", "the outcome of this message is not in doubt")
        await audit.record(conn, call.actor, "message.resolved", f"message:{message_id}", status=status)
        event = _resolved(call, message_id, dict(row))
        outbox_id = await outbox.append(conn, [event])
    if outbox_id is not None:
        call.runtime.relay(outbox_id, [event])
    return {"id": message_id, "status": status}


def as_command(row: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of the command that sends a logged message again."""
    recipient = row["recipient"]
    data: dict[str, Any] = {
        "phone_number_id": row["phone_number_id"],
        "type": row["type"],
        row["type"]: row["content"],
        "on_unknown": row["on_unknown"],
        "allow_unknown_type": True,
    }
    if row["group_id"] is not None:
        data |= {"recipient_type": "group", "to": row["group_id"]}
    elif recipient.isdigit():
        data["to"] = f"+{recipient}"
    else:
        data["recipient"] = recipient
    optional = {"lead_id": row["lead_id"], "campaign_id": row["campaign_id"], "metadata": row["metadata"]}
    if row["context_wamid"]:
        optional["context"] = {"message_id": row["context_wamid"]}
    return data | {name: value for name, value in optional.items() if value is not None}


def _resolved(call: Call[Nothing, Resolution], message_id: int, row: Mapping[str, Any]) -> DomainEvent:
    name = MESSAGE_SENT if call.body.status == "sent" else MESSAGE_FAILED
    data = {
        "message_id": message_id,
        "status": call.body.status,
        "resolved_by": call.actor.name,
        **row["request"].get("facts", {}),
    }
    return DomainEvent(name, call.organization_id, f"{message_id}.{row['attempt']}", datetime.now(UTC), data)
