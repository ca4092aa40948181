"""What one bench run was asked to do, and how that scales the amounts; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NAMES = (
    "ingress_confirmed",
    "ingress_offered",
    "inbound",
    "statuses",
    "send_unpaced",
    "idle_latency",
    "whole",
    "growth",
    "backlog",
    "many_numbers",
)
# Growth fills 100,000 messages first, also in the short form: there it runs when it is named.
SHORT = tuple(name for name in NAMES if name != "growth")
# Run only when they are named: they fill a database for minutes before they measure anything.
ON_DEMAND = ("reading", "passwords", "statuses_flat")
# Measured on two cores; printed before anything starts.
ESTIMATED_SECONDS = {
    "ingress_confirmed": (75, 10),
    "ingress_offered": (70, 8),
    "inbound": (60, 9),
    "statuses": (60, 9),
    "send_unpaced": (90, 9),
    "idle_latency": (140, 12),
    "whole": (1700, 17),
    "growth": (1200, 90),
    "backlog": (900, 12),
    "many_numbers": (60, 9),
    "reading": (900, 60),
    "passwords": (90, 20),
    "statuses_flat": (180, 15),
}
START_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds` overrides how long the long stretches last; `rows` how many messages growth and reading fill in.

    `dataset` is the folder where reading keeps its filled database, None where it fills one for this run alone.
    """

    quick: bool = False
    only: Sequence[str] = NAMES
    seconds: float | None = None
    rows: int | None = None
    rounds: int | None = None
    dataset: Path | None = None

    def pick(self, full: int, quick: int) -> int:
        """An amount for the full and for the short form."""
        return quick if self.quick else full

    def lasting(self, full: float, quick: float) -> float:
        """The length of a stretch in seconds."""
        return self.seconds or (quick if self.quick else full)

    def repeats(self, full: int = 3) -> int:
        """How many interleaved rounds."""
        return self.rounds or (1 if self.quick else full)

    def estimate(self) -> int:
        """Seconds this run will take, about."""
        return START_SECONDS + sum(ESTIMATED_SECONDS[name][self.quick] for name in self.only)
