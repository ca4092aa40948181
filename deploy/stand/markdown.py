"""`python -m deploy.stand.markdown [--sums] FILE…`: the tables of docs/PROOF.md from the files the runs wrote."""

import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

Row = Mapping[str, Any]
BENCH = ("scenario", "value", "unit", "ceiling", "ratio", "p50_ms", "p99_ms", "goal", "held")
COUNTS = (
    "faults",
    "commands",
    "webhooks",
    "acknowledged",
    "lost",
    "duplicated",
    "unknown_unsettled",
    "held",
    "out_of_order",
    "unfinished",
)
CHAOS = (
    "regime",
    *COUNTS,
    "resent",
    "recovery_median_s",
    "recovery_s",
    "recovery_goal_s",
    "is_clean",
    "seeds",
)
SUMS = ("regime", *COUNTS, "recovery_median_s", "recovery_goal_s", "within_goal", "clean")


def table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """A Markdown table of these columns."""
    lines = [" | ".join(column.replace("_", " ") for column in columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(cell(row.get(column)) for column in columns) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def cell(value: object) -> str:
    """One value as a person reads it."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "**no**"
        case float():
            return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
        case int():
            return f"{value:,}"
        case list():
            return " ".join(str(each) for each in value)
        case _:
            return str(value).replace("|", "/")


def costs(rows: Sequence[Row]) -> str:
    """What each scenario took, and its notes."""
    lines = []
    for row in rows:
        cpu = ", ".join(f"{group} {value:g}" for group, value in row["cpu_s_per_1000"].items())
        memory = ", ".join(f"{group} {value:g}" for group, value in row["peak_memory_mib"].items())
        lines.append(f"- `{row['scenario']}`: {row['notes']}. CPU s per 1,000: {cpu or '-'}; peak MiB: {memory or '-'}")
    return "\n".join(lines)


def regimes(rows: Sequence[Row]) -> str:
    """The rows of fault runs, a table for each broker and database; what was skipped says why."""
    parts = []
    for neighbours in dict.fromkeys(row.get("neighbours", "") for row in rows):
        told = [
            {**row, "seeds": row.get("seeds", [row["seed"]]), "is_clean": row.get("skipped") or row["is_clean"]}
            for row in rows
            if row.get("neighbours", "") == neighbours
        ]
        parts += [f"{neighbours}:", table(told, CHAOS)] if neighbours else [table(told, CHAOS)]
    return "\n\n".join(parts)


def sums(rows: Sequence[Row]) -> str:
    """One row for each regime over all runs on any neighbours: of how many faults the recovery kept its goal."""
    told = [row for row in rows if not row.get("skipped")]
    return table(
        [_sum([row for row in told if row["regime"] == name]) for name in sorted({r["regime"] for r in told})], SUMS
    )


def _sum(rows: Sequence[Row]) -> Row:
    recoveries = [seconds for row in rows for seconds in row["recoveries"]]
    goal, faults = rows[0]["recovery_goal_s"], sum(row["faults"] for row in rows)
    return {
        **{name: sum(row[name] for row in rows) for name in COUNTS},
        "regime": rows[0]["regime"],
        "recovery_median_s": round(statistics.median(recoveries), 2) if recoveries else None,
        "recovery_goal_s": goal,
        "within_goal": f"{sum(each <= goal for each in recoveries)} of {faults}" if goal else None,
        "clean": f"{sum(row['is_clean'] for row in rows)} of {len(rows)}",
    }


def main(arguments: Sequence[str]) -> None:
    """Print the table of each file."""
    for path in [Path(each) for each in arguments if each != "--sums"]:
        rows: list[Row] = orjson.loads(path.read_bytes())
        if "--sums" in arguments:
            print(sums(rows))
        elif rows and "scenario" in rows[0]:
            print(table(rows, BENCH), costs(rows), sep="\n\n")
        else:
            print(regimes(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
