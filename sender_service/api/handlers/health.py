"""Whether the organization can send, and if not, what is missing, in plain words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sender_service.api.route import Call, Nothing
from sender_service.number_check import NumberCheck
from sender_service.store import numbers
from sender_service.store.tenancy import acting

READY: Final = "WhatsApp integration ready"
NO_NUMBER: Final = "there is no phone number: register one with POST numbers"
NO_BROKER: Final = "the message broker cannot be reached: what is sent waits until it is back"
# So many are looked at; an organization with more is ready when one of these is.
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Looked:
    """One number: why it has no usable token, and why it stands still."""

    id: str
    without_token: str | None
    paused: str | None


async def health(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Looked up here and now; `POST numbers/{id}/test` also asks Meta."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await numbers.page(conn, call.organization_id, limit=MOST)
    check = NumberCheck(call.runtime.pool, call.runtime.graph, call.runtime.tokens)
    looked = []
    for row in rows[:MOST]:
        _, token, finding = await check.token(call.organization_id, row["id"])
        paused = row["paused_at"] or row["credential_paused_at"] or row["account_paused_at"]
        reason = row["pause_reason"] or row["credential_pause_reason"] or row["account_pause_reason"]
        looked.append(Looked(row["id"], None if token else finding.sentence, reason if paused else None))
    return judged(looked, broker=call.runtime.publisher.is_ready)


def judged(looked: Sequence[Looked], *, broker: bool) -> dict[str, Any]:
    """Configured: there is a number with a token. Healthy: besides, none stands still and the broker is there."""
    configured = any(number.without_token is None for number in looked)
    missing = list(_missing(looked)) + ([] if broker else [NO_BROKER])
    status = "unhealthy" if missing else "healthy"
    return {"status": status, "is_configured": configured, "message": "; ".join(missing) or READY}


def _missing(looked: Sequence[Looked]) -> Iterator[str]:
    if not looked:
        yield NO_NUMBER
    for number in looked:
        if number.without_token is not None:
            yield f"number {number.id}: {number.without_token}"
        elif number.paused is not None:
            yield f"number {number.id} is paused ({number.paused}): POST numbers/{number.id}/resume"
