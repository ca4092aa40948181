"""What an answer means for the message, and for everything else that is sent with the same number, account or template.

Decided on Meta's code alone (`cloud_api.error_codes`); the HTTP status counts only for codes Meta does not document.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sender_service.cloud_api import error_codes
from sender_service.cloud_api.error_codes import Class
from sender_service.cloud_api.wire import Accepted, Answer, Doubtful, NotSent, Refused
from sender_service.sending.retry import Random, full_jitter, recipient_wait

MOST_TRIES: Final = 10
# Seconds until one message alone is tried again, by code; 131049 only once.
_LONG_WAITS: Final = {131049: 86_400.0, 132069: 3_600.0, 134101: 600.0}
_ONCE: Final = frozenset({131049})
# Seconds a number waits in maintenance, by code.
_MAINTENANCE: Final = {131057: 60.0, 2494100: 300.0}
_WHOLE_ACCOUNT: Final = frozenset({4, 80007})
_CUTS: Final = frozenset({130429, 131048})


class Fate(StrEnum):
    """What becomes of the message."""

    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    QUEUED = "queued"  # certainly not accepted; goes again as soon as its number may
    RETRY_WAIT = "retry_wait"  # certainly not accepted; goes again when its own time has come

    @property
    def is_final(self) -> bool:
        """The message is settled."""
        return self is Fate.SENT or self is Fate.FAILED


class Act(StrEnum):
    """What else is to be done."""

    NOTHING = "nothing"
    HOLD_NUMBER = "hold_number"
    HOLD_ACCOUNT = "hold_account"
    BLOCK_RECIPIENT = "block_recipient"
    PAUSE_NUMBER = "pause_number"
    PAUSE_CREDENTIAL = "pause_credential"
    PAUSE_ACCOUNT = "pause_account"
    PAUSE_TEMPLATE = "pause_template"


@dataclass(frozen=True, slots=True)
class Decision:
    """`seconds` is how long the message, number, account or recipient waits; `cut` slows the number."""

    fate: Fate
    act: Act = Act.NOTHING
    seconds: float = 0.0
    code: int | None = None
    reason: str | None = None
    wamid: str | None = None
    cut: bool = False


def decide(answer: Answer, *, tries: int, failures: int, random: Random) -> Decision:
    """`tries`: how often this code put the message back before; `failures`: how often in a row the number was held."""
    match answer:
        case Accepted():
            return Decision(Fate.SENT, wamid=answer.wamid)
        case NotSent():
            return Decision(Fate.QUEUED, reason=answer.reason)
        case Doubtful():
            return Decision(Fate.UNKNOWN, reason=answer.reason)
        case Refused():
            return _refused(answer, tries=tries, failures=failures, random=random)


def _refused(answer: Refused, *, tries: int, failures: int, random: Random) -> Decision:
    verdict = error_codes.verdict(answer.code)
    kind = verdict.kind
    if not verdict.known and (answer.transient or answer.status >= 500):
        kind = Class.UNKNOWN_OUTCOME
    if kind is Class.RETRY_BACKOFF:
        return _backoff(answer, full_jitter(failures, base=2.0, most=60.0, random=random))
    if kind is Class.RETRY_BACKOFF_LONG or answer.code in _MAINTENANCE:
        return _decision(Fate.QUEUED, answer, Act.HOLD_NUMBER, _MAINTENANCE[answer.code] * (1.0 + 0.2 * random()))
    if kind is Class.RETRY_BACKOFF_RECIPIENT:
        return _later(answer, Act.BLOCK_RECIPIENT, recipient_wait(tries), tries)
    if kind is Class.RETRY_LONG:
        return _later(answer, Act.NOTHING, _LONG_WAITS.get(answer.code, 3_600.0), tries)
    fate, act = _SIMPLE.get(kind, (Fate.FAILED, Act.NOTHING))
    return _decision(fate, answer, act)


_SIMPLE: Final = {
    Class.UNKNOWN_OUTCOME: (Fate.UNKNOWN, Act.NOTHING),
    Class.PAUSE_CREDENTIAL: (Fate.QUEUED, Act.PAUSE_CREDENTIAL),
    Class.PAUSE_WABA: (Fate.QUEUED, Act.PAUSE_ACCOUNT),
    Class.PAUSE_NUMBER: (Fate.QUEUED, Act.PAUSE_NUMBER),
    Class.PAUSE_TEMPLATE: (Fate.QUEUED, Act.PAUSE_TEMPLATE),
    Class.NEVER_TEMPLATE: (Fate.FAILED, Act.PAUSE_TEMPLATE),
}


def _backoff(answer: Refused, seconds: float) -> Decision:
    act = Act.HOLD_ACCOUNT if answer.code in _WHOLE_ACCOUNT else Act.HOLD_NUMBER
    return _decision(Fate.QUEUED, answer, act, seconds)


def _later(answer: Refused, act: Act, seconds: float, tries: int) -> Decision:
    most = 1 if answer.code in _ONCE else MOST_TRIES
    if tries >= most:
        return _decision(Fate.FAILED, answer)
    return _decision(Fate.RETRY_WAIT, answer, act, seconds)


def _decision(fate: Fate, answer: Refused, act: Act = Act.NOTHING, seconds: float = 0.0) -> Decision:
    sentence = error_codes.verdict(answer.code).sentence
    said = answer.details or answer.message
    reason = f"{sentence} (Meta: {said})" if said else sentence
    return Decision(fate, act, seconds, answer.code, reason, cut=answer.code in _CUTS)
