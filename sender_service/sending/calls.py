"""What one call to the Cloud API left behind, and how it is kept: redacted, as rows and as events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sender_service.cloud_api.wire import Accepted, Answer, Doubtful, NotSent, Refused
from sender_service.model import Queued
from sender_service.sending.outcome import Decision, Fate
from sender_service.store.outcomes import Attempt, Doubted, Requeued, Settled
from shared import metrics
from shared.contracts import events
from shared.contracts.events import DomainEvent
from shared.contracts.send_message import MARK_READ
from shared.logging import get_logger

_VISIBLE_DIGITS = 4
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt that was intended, its answer and what was decided on it."""

    message: Queued
    attempt: int
    answer: Answer
    decision: Decision
    started_at: datetime
    finished_at: datetime
    token_set_at: datetime | None = None

    @property
    def message_id(self) -> int:
        return self.message.message_id


def settled(call: Call) -> Settled:
    decision = call.decision
    return Settled(
        call.message.organization_id, call.message_id, call.attempt, decision.fate.value, decision.wamid,
        decision.code, decision.reason, call.finished_at, call.started_at, outcome_name(call),
        redacted_request(call.message), redacted_answer(call.answer),
    )  # fmt: skip


def requeued(call: Call) -> Requeued:
    decision = call.decision
    seconds = decision.seconds if decision.fate is Fate.RETRY_WAIT else 0.0
    return Requeued(
        call.message.organization_id, call.message_id, call.attempt, decision.fate.value, seconds, decision.code,
        decision.reason,
    )  # fmt: skip


def doubted(call: Call) -> Doubted:
    return Doubted(call.message_id, call.attempt, call.decision.reason or "")


def attempt(call: Call) -> Attempt:
    """The row of the history of a call that settled nothing."""
    decision = call.decision
    return Attempt(
        call.message.organization_id, call.started_at, call.message_id, call.attempt, outcome_name(call),
        decision.wamid,
        decision.code, decision.reason, redacted_request(call.message), redacted_answer(call.answer),
    )  # fmt: skip


def outcome_name(call: Call) -> str:
    """As in the history: sent, failed, unknown, not_sent or refused (a definite no that may pass)."""
    if isinstance(call.answer, NotSent):
        return "not_sent"
    fate = call.decision.fate
    return "refused" if fate in (Fate.QUEUED, Fate.RETRY_WAIT) else fate.value


def event(call: Call) -> DomainEvent | None:
    """What other backends are told: accepted by Meta, or failed for good. Doubt is told when the echo window ends."""
    fate = call.decision.fate
    facts: Mapping[str, Any] = call.message.request["facts"]
    if not fate.is_final or facts["type"] == MARK_READ:
        return None
    name = events.MESSAGE_SENT if fate is Fate.SENT else events.MESSAGE_FAILED
    data = {"message_id": call.message_id, "attempt": call.attempt, "status": fate.value, **facts}
    if fate is Fate.SENT:
        data["external_id"] = call.decision.wamid
    else:
        data["error"] = {"code": call.decision.code, "message": call.decision.reason}
    key = f"{call.message_id}.{call.attempt}"
    return DomainEvent(name, call.message.organization_id, key, call.finished_at, data, facts.get("traceparent"))


def redacted_request(message: Queued) -> dict[str, Any]:
    """What was asked, without a word of what was said; of the recipient only the last digits."""
    body = message.request["body"]
    recipient = message.recipient
    return {
        "type": body.get("type", MARK_READ),
        "to": f"…{recipient[-_VISIBLE_DIGITS:]}" if recipient else None,
        "fields": sorted(body),
        "template": (body.get("template") or {}).get("name"),
    }


def redacted_answer(answer: Answer) -> dict[str, Any]:
    """What Meta said, without the phone number its answer repeats."""
    match answer:
        case Accepted():
            return {"message_id": answer.wamid, "message_status": answer.message_status}
        case Refused():
            error = answer.raw.get("error", {}) if isinstance(answer.raw, dict) else {}
            return {
                "http_status": answer.status,
                "code": answer.code,
                "message": answer.message,
                "details": answer.details,
                "fbtrace_id": error.get("fbtrace_id"),
            }
        case Doubtful():
            return {"http_status": answer.status, "reason": answer.reason}
        case NotSent():
            return {"reason": answer.reason}


def tell(call: Call) -> None:
    """The one wide line of an attempt."""
    outcome = call.decision.fate.value
    seconds = (call.finished_at - call.started_at).total_seconds()
    metrics.SENDS.labels(outcome).inc()
    metrics.SEND_SECONDS.observe(seconds)
    _log.info(
        "message.send_attempted",
        organization_id=call.message.organization_id,
        message_id=call.message_id,
        attempt=call.attempt,
        phone_number_id=call.message.phone_number_id,
        outcome=outcome,
        code=call.decision.code,
        seconds=round(seconds, 4),
    )
