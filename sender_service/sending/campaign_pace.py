"""How many recipients a campaign may be fed now, and what stops it. Deciding only."""

from math import floor
from typing import Final, Literal

BATCH: Final = 200
# What waits in the queue is no more than the number sends in so many seconds: a pause or a cancel meets little.
BACKLOG_SECONDS: Final = 30.0
LEAST_BACKLOG: Final = 20
# A share that was not used gathers for so long.
SHARE_WINDOW: Final = 2.0
# Fewer outcomes than these judge nothing.
LEAST_SETTLED: Final = 20
JUDGED: Final = 1000

PauseReason = Literal["number", "template", "failures"]


def allowance(*, rate: float, share: float, waiting: int, since_fed: float | None) -> int:
    """Recipients that may be fed now. `rate` is the number's, per second; `since_fed` None before the first batch."""
    own = rate * share
    room = max(LEAST_BACKLOG, floor(own * BACKLOG_SECONDS)) - waiting
    if share < 1:
        gathered = window(own) if since_fed is None else min(max(since_fed, 0.0), window(own))
        room = min(room, floor(gathered * own))
    return max(0, min(BATCH, room))


def window(own: float) -> float:
    """Seconds for which a share gathers: long enough for one message at least."""
    return max(SHARE_WINDOW, 1 / own)


def pause_reason(
    *, number_paused: bool, template_paused: bool, settled: int, failed: int, limit: float
) -> PauseReason | None:
    """Why a campaign stops by itself, if it does."""
    if template_paused:
        return "template"
    if number_paused:
        return "number"
    if settled >= LEAST_SETTLED and failed > settled * limit:
        return "failures"
    return None
