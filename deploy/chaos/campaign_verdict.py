"""Judges a campaign: each recipient exactly once in Meta's ledger, and the database says the same; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.chaos.verdict import CLAIMS_SENT, OPEN, Verdict


@dataclass(frozen=True, slots=True)
class Told:
    """One person: what the database says of its message, None where it has none, and how often Meta processed one."""

    recipient: str
    status: str | None
    message_id: int | None
    processed: int


def judge(told: Sequence[Told], recipients: int) -> Verdict:
    """Compare both sides person by person."""
    verdict = Verdict(acknowledged=sum(one.message_id is not None for one in told))
    if (missing := recipients - sum(one.status is not None for one in told)) > 0:
        verdict.note("lost", f"{missing} recipients are in no campaign", missing)
    for one in told:
        _judge(one, verdict)
    return verdict


def _judge(one: Told, verdict: Verdict) -> None:
    if one.processed > 1:
        verdict.note("duplicated", f"message {one.message_id} was processed {one.processed} times", one.processed - 1)
    if one.status is None:
        verdict.note("duplicated", "somebody who was not in the campaign got a message")
    elif one.status == "unknown":
        verdict.note("unknown_unsettled", f"message {one.message_id} is still unknown")
    elif one.status in OPEN or one.status == "waiting":
        verdict.note("unfinished", f"message {one.message_id} is still {one.status}")
    elif one.status not in CLAIMS_SENT or not one.processed:
        verdict.note("lost", f"message {one.message_id} is {one.status}, Meta saw {one.processed}")
