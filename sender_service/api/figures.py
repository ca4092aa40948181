"""Counts -> the figures of each group, with rates and percentiles. Deciding only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from sender_service.store.statistics import Count

COUNTERS: Final = ("received", "messages", "sent", "delivered", "read", "failed", "unknown")
PERCENTILES: Final = (50, 95, 99)

Measures: TypeAlias = Mapping[tuple[str, str], int]
_Group: TypeAlias = tuple[Any, str | None, str | None, int | None]


def groups(counts: Iterable[Count]) -> list[dict[str, Any]]:
    """One row for each group, in the order they come."""
    gathered: dict[_Group, dict[tuple[str, str], int]] = {}
    for count in counts:
        measures = gathered.setdefault(count[:4], {})
        measures[count.measure, count.value] = count.number
    return [figures(group, measures) for group, measures in gathered.items()]


def total(counts: Iterable[Count]) -> dict[str, Any]:
    """All groups as one."""
    measures: dict[tuple[str, str], int] = defaultdict(int)
    for count in counts:
        measures[count.measure, count.value] += count.number
    return figures((None, None, None, None), measures)


def figures(group: _Group, measures: Measures) -> dict[str, Any]:
    """What one group shows."""
    counted = {name: measures.get((name, ""), 0) for name in COUNTERS}
    return {
        "period": group[0],
        "phone_number_id": group[1],
        # Messages of no template and no campaign are a group of their own.
        "template": group[2] or None,
        "campaign_id": group[3] or None,
        **counted,
        "failed_by_code": _values(measures, "error"),
        "categories": _values(measures, "category"),
        "delivery_rate": _rate(counted["delivered"], counted["sent"]),
        "read_rate": _rate(counted["read"], counted["delivered"]),
        "sending_seconds": _percentiles(measures, "sending_seconds"),
        "delivery_seconds": _percentiles(measures, "delivery_seconds"),
    }


def percentile(buckets: Mapping[float, int], share: float) -> float | None:
    """The upper bound of the bucket in which so large a share of the values lies at or below."""
    wanted = sum(buckets.values()) * share
    seen = 0
    for bound in sorted(buckets):
        seen += buckets[bound]
        if seen >= wanted:
            return bound
    return None


def _percentiles(measures: Measures, name: str) -> dict[str, float | None]:
    buckets = {float(value): number for (measure, value), number in measures.items() if measure == name}
    found = {f"p{share}": percentile(buckets, share / 100) for share in PERCENTILES}
    # Beyond the last bucket (a day) the value is not known.
    return {name: None if bound == float("inf") else bound for name, bound in found.items()}


def _values(measures: Measures, name: str) -> dict[str, int]:
    return {value: number for (measure, value), number in sorted(measures.items()) if measure == name}


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
