"""The bench's table on a terminal and its JSON file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from deploy.bench.figures import Result

COLUMNS = ("scenario", "ours", "unit", "ceiling", "ratio", "p50 ms", "p99 ms", "goal", "held")


def write(results: Sequence[Result], path: Path) -> None:
    """Write build/bench.json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [result.as_json() for result in results]
    path.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


def show(results: Sequence[Result], console: Console) -> None:
    """Print the table and the notes below it."""
    table = Table(title="Colomba bench", show_lines=False)
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for result in results:
        table.add_row(*_cells(result))
    console.print(table)
    for result in results:
        console.print(f"{result.scenario}: {result.notes}", highlight=False)
        console.print(f"    CPU s per 1,000: {_groups(result.cpu_s_per_1000)}", style="dim", highlight=False)
        console.print(f"    peak MiB: {_groups(result.peak_memory_mib)}", style="dim", highlight=False)


def _groups(values: Mapping[str, float]) -> str:
    return ", ".join(f"{group} {value:g}" for group, value in values.items()) or "-"


def _cells(result: Result) -> tuple[str, ...]:
    return (
        result.scenario,
        _number(result.value),
        result.unit,
        _number(result.ceiling),
        _number(result.ratio),
        _number(result.p50_ms),
        _number(result.p99_ms),
        result.goal,
        {True: "yes", False: "no", None: "-"}[result.held],
    )


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
