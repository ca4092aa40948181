"""`webhooks replay`: raw webhooks down the same road again, also those of numbers that nobody had registered."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import typer

from sender_service.cli.connect import pooled, publishing, run, settings_or_exit
from shared import logging

if TYPE_CHECKING:
    from sender_service.inbound.replay import Replayed
    from sender_service.store.webhooks import Selection

app = typer.Typer(help="Raw webhooks.", no_args_is_help=True)
Outcome = Literal["processed", "duplicate", "set_aside", "unclaimed_number", "malformed"]
FORMS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@app.callback()
def _webhooks() -> None:
    """Raw webhooks: kept as they came, of every organization and of none."""


@app.command()
def replay(  # noqa: PLR0917 - options are given by name
    since: Annotated[datetime, typer.Option(help="Received at or after, UTC.", formats=FORMS)],
    until: Annotated[datetime | None, typer.Option(help="Received before, UTC; else now.", formats=FORMS)] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="What became of them.")] = None,
    number: Annotated[str | None, typer.Option(help="Meta's phone number id.")] = None,
    id: Annotated[list[UUID] | None, typer.Option(help="Id of one webhook; can be repeated.")] = None,  # noqa: A002
    per_second: Annotated[float, typer.Option(min=1, max=1000, help="At most so many each second.")] = 200.0,
) -> None:
    """Publish webhooks again; nothing they say is recorded twice. Exit code 1 when the broker did not take them all."""
    from sender_service.store.webhooks import Selection

    before = datetime.now(UTC) if until is None else until.replace(tzinfo=UTC)
    selection = Selection(since.replace(tzinfo=UTC), before, outcome, number, id or None)
    settings = settings_or_exit()
    logging.configure("sender webhooks", level=settings.log_level, secrets=settings.secrets())
    done = run("webhooks", _replay(selection, per_second))
    typer.echo(f"webhooks: {done.published} published again, {done.failed} not confirmed")
    if done.failed:
        raise typer.Exit(1)


async def _replay(selection: "Selection", per_second: float) -> "Replayed":
    from sender_service.inbound.replay import replay as again

    async with pooled() as pool, publishing() as publisher:
        return await again(pool, publisher, selection, per_second=per_second)
