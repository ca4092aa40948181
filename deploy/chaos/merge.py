"""`python -m deploy.chaos.merge INTO FILE…`: one row per regime, broker and database from the files of several runs."""

import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from deploy.chaos.outcome import COUNTED
from deploy.chaos.run import SHOWN_FINDINGS

Row = Mapping[str, Any]
SUMMED = ("faults", "commands", "webhooks", *COUNTED, "leaks", "processed", "seconds")


def merged(rows: Sequence[Row]) -> list[Row]:
    """Sums of what was counted, all recoveries together; clean only when every run was.

    A run that was skipped says nothing where another was not.
    """
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["regime"], row.get("neighbours", "")].append(row)
    told = {key for key, group in groups.items() if not all(row.get("skipped") for row in group)}
    regimes = {regime for regime, _ in told}
    return [_one(group) for key, group in groups.items() if key in told or key[0] not in regimes]


def _one(group: Sequence[Row]) -> Row:
    runs = [row for row in group if not row.get("skipped")] or group
    if len(runs) == 1:
        return {"seeds": [runs[0]["seed"]], **runs[0]}
    recoveries = sorted(chain.from_iterable(row["recoveries"] for row in runs))
    return {
        **runs[0],
        **{name: round(sum(row[name] for row in runs), 1) for name in SUMMED},
        "recoveries": recoveries,
        "recovery_s": max(recoveries, default=None),
        "recovery_median_s": round(statistics.median(recoveries), 2) if recoveries else None,
        "longest_call_s": max(row.get("longest_call_s", 0.0) for row in runs),
        "is_clean": all(row["is_clean"] for row in runs),
        "error": "; ".join(row["error"] for row in runs if row["error"]),
        "findings": list(chain.from_iterable(row["findings"] for row in runs))[:SHOWN_FINDINGS],
        "seeds": sorted({seed for row in runs for seed in row.get("seeds", [row["seed"]])}),
    }


def main(arguments: Sequence[str]) -> None:
    """Read every file and write one."""
    into, *files = map(Path, arguments)
    rows = [row for path in files for row in orjson.loads(path.read_bytes())]
    into.write_bytes(orjson.dumps(merged(rows), option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
