"""Sending over HTTP: the same `Accept` as a command from the bus, with the Idempotency-Key as the command's id."""

from typing import Any

from sender_service.api.idempotency import idempotency_key
from sender_service.api.problems import Problem, invalid
from sender_service.api.route import Call, Nothing, Reply
from sender_service.api.shapes.messages import SendRequest
from sender_service.runtime import Runtime
from sender_service.sending.accept import Accepted, Rejected
from sender_service.store import campaigns, numbers
from sender_service.store.database import Connection
from sender_service.store.tenancy import acting
from shared import metrics
from shared.contracts.errors import ContractViolation
from shared.contracts.send_message import Lane, from_data

SOURCE = "/api/v1/messages"


async def send(call: Call[Nothing, SendRequest]) -> Reply:
    """Accept one message; 202 with its id, also for a repeat of the same request."""
    key = idempotency_key(call.request)
    data = await with_number(call.runtime, call.organization_id, call.body.model_dump(exclude_unset=True))
    accepted = await accept_one(call.runtime, call.organization_id, data, key=key)
    answer = {"id": accepted.message_id, "status": accepted.status}
    return Reply(answer, headers={"Idempotency-Key": key})


async def accept_one(
    runtime: Runtime, organization_id: int, data: dict[str, Any], *, key: str, lane: Lane = "priority"
) -> Accepted:
    """One command through the one door; what it rejects becomes a problem naming the field."""
    try:
        command = from_data(data, source=SOURCE, id=key, lane=lane)
    except ContractViolation as error:
        raise invalid(error.field.removeprefix("data."), error.problem) from None
    [result] = await runtime.accept([command], organization_id=organization_id)
    metrics.COMMANDS_ACCEPTED.labels("rest", "accepted" if isinstance(result, Accepted) else "refused").inc()
    if isinstance(result, Rejected):
        raise rejection(result)
    return result


def rejection(rejected: Rejected) -> Problem:
    """Why the door did not let a command in, as the caller is told."""
    match rejected.reason:
        case "id_reused":
            return Problem("IDEMPOTENCY_CONFLICT")
        case "unknown_number":
            return invalid("phone_number_id", "is not a number of this organization")
        case "unknown_lead":
            return invalid("lead_id", "is not a lead of this organization")
        case "unknown_campaign":
            return invalid("campaign_id", "is not a campaign of this organization")
        case _:
            return Problem("CONFLICT", rejected.detail or rejected.reason)


async def sender_of(conn: Connection, organization_id: int, phone_number_id: str | None) -> dict[str, Any]:
    """The number that is named, or the only one there is, with its account and its country."""
    sender = await campaigns.sender(conn, organization_id, phone_number_id)
    if sender is None:
        raise invalid("phone_number_id", "name one of this organization's numbers")
    return dict(sender)


async def with_number(runtime: Runtime, organization_id: int, data: dict[str, Any]) -> dict[str, Any]:
    """The data with the organization's number where it has exactly one and none was named."""
    if data.get("phone_number_id") is not None:
        return data
    async with acting(runtime.pool, organization_id) as conn:
        ids = await numbers.ids(conn, organization_id)
    if len(ids) != 1:
        raise invalid("phone_number_id", f"is needed: this organization has {len(ids)} numbers")
    return data | {"phone_number_id": ids[0]}
