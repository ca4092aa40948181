"""The story on the screen: a line per step with where it was seen and what was seen there."""

from contextlib import AbstractContextManager

from rich.console import Console


class Show:
    """Writes to stderr, so that the last line of stdout stays one JSON object."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)

    def begins(self) -> None:
        self._console.print("\n[bold]A message goes out, its statuses come back, a stranger writes[/bold]")

    def waiting(self, text: str) -> AbstractContextManager[object]:
        return self._console.status(text)

    def seen(self, text: str, *, where: str, what: str, ms: float) -> None:
        self._console.print(f"[green]✓[/green] {text}  [dim]{ms:.0f} ms[/dim]")
        self._console.print(f"    {where}: {what}", markup=False, style="cyan")

    def unseen(self, text: str, *, where: str, why: str) -> None:
        self._console.print(f"[red]✗[/red] {text}")
        self._console.print(f"    {where}: {why}", markup=False, style="red")
