"""One regime's row in build/chaos.json, and how its recovery and the search of its logs are computed; pure."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from deploy.chaos.verdict import Verdict

# Customers and strangers of the load: twelve digits from 3934 to 3939, standing alone (trace ids hold any digits).
PHONE = re.compile(r"(?<![0-9A-Za-z])393[4-9]\d{8}(?![0-9A-Za-z])")

# What a verdict counts, under the names of the row.
COUNTED = (
    "acknowledged",
    "lost",
    "duplicated",
    "unknown_unsettled",
    "out_of_order",
    "held",
    "unechoed",
    "unfinished",
    "resent",
)


@dataclass(slots=True)
class Outcome:
    """Field names as DESIGN fixes them, with what else was counted."""

    regime: str
    seed: int
    faults: int
    commands: int
    webhooks: int
    acknowledged: int
    lost: int
    duplicated: int
    unknown_unsettled: int
    out_of_order: int
    recovery_s: float | None
    held: int
    unechoed: int
    unfinished: int
    resent: int
    recovery_median_s: float | None = None
    recoveries: list[float] = field(default_factory=list)
    recovery_goal_s: float | None = None
    leaks: int = 0
    seconds: float = 0.0
    processed: int = 0
    is_clean: bool = False
    error: str = ""
    skipped: str = ""
    neighbours: str = ""
    longest_call_s: float = 0.0
    levels: dict[str, Any] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Every field."""
        return asdict(self)


def recoveries(back: Iterable[float], acknowledged: Sequence[float]) -> list[float]:
    """Seconds from each return to the first acknowledgement after it; returns without one are left out."""
    found = []
    for at in back:
        following = bisect_right(acknowledged, at)
        if following < len(acknowledged):
            found.append(acknowledged[following] - at)
    return found


def leaks(lines: Iterable[str], secrets: Sequence[str]) -> list[str]:
    """The kind of each line that holds a secret, a whole phone number or a message's text; never the line itself."""
    found = []
    for line in lines:
        if any(secret in line for secret in secrets):
            found.append("a secret or a message's words")
        elif PHONE.search(line):
            found.append("a whole phone number")
    return found


def failed(name: str, seed: int, error: str) -> Outcome:
    """A regime that could not be judged: it proves nothing, and says why."""
    return Outcome(name, seed, 0, 0, 0, 0, 0, 0, 0, 0, None, 0, 0, 0, 0, error=error)


def skipped(name: str, seed: int, sentence: str) -> Outcome:
    """A regime this machine cannot run: nothing is proven, and the sentence says what is missing."""
    outcome = failed(name, seed, "")
    outcome.skipped = sentence
    return outcome


def counted(verdict: Verdict) -> dict[str, Any]:
    """The counts of a verdict under the names of the row."""
    return {name: getattr(verdict, name) for name in COUNTED}
