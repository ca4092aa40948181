"""How many messages went in the worst second of each number; pure."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

Moment = TypeVar("Moment")
# Moments come from a wall clock in microseconds: the same send twice read is never exactly a second later.
CLOCK_TOLERANCE = 0.001


def worst_second(moments: Iterable[float]) -> int:
    """The most moments within any sliding second."""
    return len(_worst(sorted(moments)))


def left_within(arrivals: Iterable[tuple[float, float | None]]) -> float:
    """The seconds in which the messages left that arrived in the worst second; `arrivals` are (arrived, left).

    More than one second: they were jammed on their way. One whose leaving nobody noted is passed over.
    """
    ordered = sorted(arrivals, key=lambda arrival: arrival[0])
    worst = _worst([arrived for arrived, _ in ordered])
    left = [at for _, at in ordered[worst.start : worst.stop] if at is not None]
    return max(left) - min(left) if left else 0.0


def _worst(ordered: Sequence[float]) -> range:
    """The places of the sliding second that holds the most."""
    seconds = (range(i, bisect_left(ordered, at + 1.0 - CLOCK_TOLERANCE)) for i, at in enumerate(ordered))
    return max(seconds, key=len, default=range(0))


def by_number(entries: Iterable[tuple[str, Moment]]) -> Mapping[str, Sequence[Moment]]:
    """The moments of each number, or what else is told of each of its messages."""
    found: dict[str, list[Moment]] = defaultdict(list)
    for number, moment in entries:
        found[number].append(moment)
    return found


def too_fast(entries: Iterable[tuple[str, float]], most: int, where: str) -> list[str]:
    """One finding for each number that sent more than so many in some second."""
    worst = {number: worst_second(moments) for number, moments in by_number(entries).items()}
    return [
        f"number {number} sent {count} in one second {where}, {most} are allowed"
        for number, count in sorted(worst.items())
        if count > most
    ]
