"""The table of a fault run on a terminal and its JSON file."""

from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from deploy.chaos.outcome import Outcome
from deploy.stand.markdown import COUNTS

COLUMNS = ("regime", *COUNTS, "resent", "leaks")


def write(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write build/chaos.json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps([each.as_json() for each in outcomes], option=orjson.OPT_INDENT_2))


def show(outcomes: Sequence[Outcome], console: Console) -> None:
    """Print the table, then every finding."""
    table = Table(title="Colomba chaos")
    for column in (*COLUMNS, "recovery s (median, worst, goal)", "clean"):
        table.add_column(column.replace("_", " "), overflow="fold")
    for outcome in outcomes:
        row = [str(getattr(outcome, column)) for column in COLUMNS]
        table.add_row(
            *row, _recovery(outcome), "yes" if outcome.is_clean else "NO", style="" if outcome.is_clean else "red"
        )
    console.print(table)
    for outcome in outcomes:
        for finding in [outcome.error, outcome.skipped and f"skipped, {outcome.skipped}", *outcome.findings]:
            if finding:
                console.print(f"{outcome.regime}: {finding}", highlight=False, markup=False)


def _recovery(outcome: Outcome) -> str:
    parts = (outcome.recovery_median_s, outcome.recovery_s, outcome.recovery_goal_s)
    return " / ".join("-" if part is None else f"{part:g}" for part in parts)
