"""Arithmetic of the bench: percentiles, medians with spread, and the row of the table; pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

Json = Mapping[str, object]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def milliseconds(seconds: float) -> float:
    """Seconds as milliseconds with two decimals."""
    return round(seconds * 1000, 2)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Interleaved measurements of us and of the ceiling, in the same unit."""

    ours: Sequence[float]
    ceiling: Sequence[float]

    @property
    def value(self) -> float:
        """Our median."""
        return statistics.median(self.ours)

    @property
    def bound(self) -> float:
        """The ceiling's median."""
        return statistics.median(self.ceiling)

    @property
    def ratio(self) -> float:
        """The median of the ratios of the pairs: each round shares the machine's mood with its own ceiling."""
        return statistics.median(ours / ceiling for ours, ceiling in zip(self.ours, self.ceiling, strict=True))

    def spread(self) -> str:
        """Lowest and highest of both, for the notes."""
        return f"ours {_range(self.ours)}, ceiling {_range(self.ceiling)} over {len(self.ours)} rounds"


def _range(values: Sequence[float]) -> str:
    return f"{min(values):,.1f}…{max(values):,.1f}"


@dataclass(slots=True)
class Result:
    """One scenario as it stands in build/bench.json; CPU in seconds per 1,000 messages by group, memory in MiB."""

    scenario: str
    value: float
    unit: str
    ceiling: float | None = None
    ratio: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    goal: str = ""
    held: bool | None = None
    cpu_s_per_1000: dict[str, float] = field(default_factory=dict)
    peak_memory_mib: dict[str, float] = field(default_factory=dict)
    notes: str = ""
    details: dict[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """All fields, rounded where a digit more would be noise."""
        written = asdict(self)
        for name in ("value", "ceiling", "ratio"):
            if isinstance(written[name], float):
                written[name] = round(written[name], 3)
        return written


def per_thousand(cpu: Mapping[str, float], messages: int) -> dict[str, float]:
    """CPU seconds of a run as CPU seconds per 1,000 messages."""
    return {group: round(seconds * 1000 / max(messages, 1), 4) for group, seconds in cpu.items()}


def warnings_against(committed: Sequence[Json], fresh: Sequence[Json], tolerance: float = 0.15) -> list[str]:
    """Sentences about scenarios whose ratio fell by more than the tolerance against an older table."""
    before = {row["scenario"]: row.get("ratio") for row in committed}
    found = []
    for row in fresh:
        old, new = before.get(row["scenario"]), row.get("ratio")
        if isinstance(old, int | float) and isinstance(new, int | float) and new < old * (1 - tolerance):
            found.append(f"{row['scenario']}: ratio {new:.2f}, was {old:.2f}")
    return found
