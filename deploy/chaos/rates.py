"""How many messages went in the worst second of each number; pure."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

# Moments come from a wall clock in microseconds: the same send twice read is never exactly a second later.
CLOCK_TOLERANCE = 0.001


def worst_second(moments: Iterable[float]) -> int:
    """The most moments within any sliding second."""
    ordered = sorted(moments)
    return max((bisect_left(ordered, at + 1.0 - CLOCK_TOLERANCE) - i for i, at in enumerate(ordered)), default=0)


def by_number(entries: Iterable[tuple[str, float]]) -> Mapping[str, Sequence[float]]:
    """The moments of each number."""
    found: dict[str, list[float]] = defaultdict(list)
    for number, at in entries:
        found[number].append(at)
    return found


def too_fast(entries: Iterable[tuple[str, float]], most: int, where: str) -> list[str]:
    """One finding for each number that sent more than so many in some second."""
    worst = {number: worst_second(moments) for number, moments in by_number(entries).items()}
    return [
        f"number {number} sent {count} in one second {where}, {most} are allowed"
        for number, count in sorted(worst.items())
        if count > most
    ]
