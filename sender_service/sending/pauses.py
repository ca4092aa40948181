"""What an answer stops besides its message: the number, its credential, its account or a template, told by event.

Pauses are states of rows that the intent statement checks; lifting one is setting the row back.
"""

from sender_service.sending.calls import Call
from sender_service.sending.outcome import Act
from sender_service.store import senders
from sender_service.store.database import Connection
from sender_service.store.senders import Paused
from shared.contracts.events import NUMBER_PAUSED, TEMPLATE_STATUS_CHANGED, DomainEvent


async def act(conn: Connection, call: Call) -> list[DomainEvent]:
    """Write what the decision on a call asks for; the events of what changed by it."""
    number, decision = call.message.phone_number_id, call.decision
    reason = decision.reason or ""
    match decision.act:
        case Act.HOLD_NUMBER | Act.HOLD_ACCOUNT:
            await senders.hold(conn, number, decision.seconds, whole_account=decision.act is Act.HOLD_ACCOUNT)
            return []
        case Act.PAUSE_NUMBER:
            return _paused(call, "number", await senders.pause_number(conn, number, reason))
        case Act.PAUSE_CREDENTIAL:
            stopped = await senders.pause_credential(conn, number, reason, call.token_set_at)
            return _paused(call, "credential", stopped)
        case Act.PAUSE_ACCOUNT:
            return _paused(call, "account", await senders.pause_account(conn, number, reason))
        case Act.PAUSE_TEMPLATE:
            return await _template(conn, call, reason)
        case _:
            return []


def _paused(call: Call, what: str, numbers: list[Paused]) -> list[DomainEvent]:
    decision = call.decision
    return [
        DomainEvent(
            NUMBER_PAUSED,
            number.organization_id,
            f"{number.id}.{call.message_id}.{call.attempt}",
            call.finished_at,
            {"phone_number_id": number.id, "what": what, "code": decision.code, "reason": decision.reason},
        )
        for number in numbers
    ]


async def _template(conn: Connection, call: Call, reason: str) -> list[DomainEvent]:
    """A template that was never synchronized has no row to stop: its messages are judged one by one."""
    message = call.message
    if message.template_id is None:
        return []
    stopped = await senders.pause_template(conn, message.organization_id, message.template_id, reason)
    if stopped is None:
        return []
    data = {
        "template_id": stopped.id,
        "name": stopped.name,
        "language": stopped.language,
        "status": "PAUSED",
        "code": call.decision.code,
        "reason": reason,
    }
    key = f"{stopped.id}.{call.message_id}.{call.attempt}"
    return [DomainEvent(TEMPLATE_STATUS_CHANGED, message.organization_id, key, call.finished_at, data)]
