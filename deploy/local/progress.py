"""What the launcher tells the person in front of it: one line per step, with its time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Progress:
    """Writes to stderr, so that stdout holds results only."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        self._console.print(f"  {text}", markup=False)

    @contextmanager
    def step(self, text: str) -> Iterator[list[str]]:
        """What is appended to the list that is yielded stands at the end of the line."""
        started = time.monotonic()
        notes: list[str] = []
        with self._console.status(text):
            try:
                yield notes
            except BaseException:
                self._console.print(f"[red]✗[/red] {text}  [dim]{time.monotonic() - started:.1f} s[/dim]")
                raise
        detail = f"  [dim]{' · '.join(notes)}[/dim]" if notes else ""
        self._console.print(f"[green]✓[/green] {text}  [dim]{time.monotonic() - started:.1f} s[/dim]{detail}")
