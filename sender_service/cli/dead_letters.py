"""`dead-letters`: what no handler could take, of every organization and of none: seen, replayed, discarded."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
import typer

from sender_service.cli.connect import pooled, publishing, run, settings_or_exit, stop
from shared import logging

if TYPE_CHECKING:
    from sender_service.letters import Letters
    from sender_service.store.database import Connection, Pool
    from sender_service.store.dead_letters import Selection

app = typer.Typer(help="Dead letters.", no_args_is_help=True)
NAME = "dead-letters"
CONFIRMATION = "discard"
AT_ONCE = 1000
Status = Literal["open", "replayed", "discarded"]
Ids = Annotated[list[int] | None, typer.Option("--id", help="Id of one letter; can be repeated.")]
Source = Annotated[str | None, typer.Option(help="The queue it was taken from, e.g. sender.webhooks.")]
Reason = Annotated[str | None, typer.Option(help="What it died of, e.g. contract or unrouted.")]
Fingerprint = Annotated[str | None, typer.Option(help="Those that died of the very same, as `groups` shows it.")]
Organization = Annotated[str | None, typer.Option(help="Name of one organization; else those of all and of none.")]
Nobodys = Annotated[bool, typer.Option("--nobodys", help="Only those that belong to no organization.")]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many, oldest first; else all of them.")]


@app.callback()
def _dead_letters() -> None:
    """Dead letters: what no handler could take, of every organization and of none."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose letters a command is about: of one organization, of nobody, or of all."""

    organization: str | None
    nobodys: bool

    async def whose(self, conn: "Connection") -> int | None:
        from sender_service.store import organizations
        from sender_service.store.dead_letters import ANYBODY, NOBODY

        if self.nobodys:
            return NOBODY
        if self.organization is None:
            return ANYBODY
        found = await organizations.named(conn, self.organization)
        return stop(NAME, f"--organization: there is none called {self.organization!r}") if found is None else found


@app.command("list")
def list_(  # noqa: PLR0917 - options are given by name
    status: Annotated[Status, typer.Option(help="Which of them.")] = "open",
    source: Source = None,
    reason: Reason = None,
    fingerprint: Fingerprint = None,
    organization: Organization = None,
    nobodys: Nobodys = False,
    limit: Annotated[int, typer.Option(min=1, max=AT_ONCE, help="At most so many, newest first.")] = 20,
    before: Annotated[int | None, typer.Option(min=1, help="Only those with a smaller id.")] = None,
) -> None:
    """One line for each letter, newest first: id, when, organization (- is nobody's), source, reason, error."""
    from sender_service.store import dead_letters

    async def read() -> Sequence[Any]:
        async with pooled() as pool, _opened(pool) as conn:
            whose = await Scope(organization, nobodys).whose(conn)
            chosen = _selection(None, source, reason, fingerprint)
            return await dead_letters.page(conn, whose, chosen, status=status, before=before, limit=limit)

    for row in run(NAME, read())[:limit]:
        when = f"{row['created_at']:%Y-%m-%dT%H:%M:%S}"
        owner = row["organization_id"] or "-"
        typer.echo(f"{row['id']}\t{when}\t{owner}\t{row['source']}\t{row['reason']}\t{_error(row)}")


@app.command()
def groups(organization: Organization = None, nobodys: Nobodys = False) -> None:
    """Open letters by what they died of, the most frequent first: how many, fingerprint, source, reason, error."""
    from sender_service.store import dead_letters

    async def read() -> Sequence[Any]:
        async with pooled() as pool, _opened(pool) as conn:
            return await dead_letters.groups(conn, await Scope(organization, nobodys).whose(conn))

    for row in run(NAME, read()):
        typer.echo(f"{row['letters']}\t{row['fingerprint']}\t{row['source']}\t{row['reason']}\t{_error(row)}")


@app.command()
def show(id: Annotated[int, typer.Argument(min=1, help="Id of the letter.")]) -> None:  # noqa: A002 - the argument's name
    """One letter as JSON; texts and phone numbers in its body are masked."""
    from sender_service.api.masking import masked
    from sender_service.store import dead_letters

    async def read() -> Any:
        async with pooled() as pool, _opened(pool) as conn:
            return await dead_letters.get(conn, dead_letters.ANYBODY, id)

    row = run(NAME, read())
    if row is None:
        stop(NAME, f"there is no letter {id}")
    shown = {**row, "error": _error(row), "body": masked(row["body"])}
    typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())


@app.command()
def replay(  # noqa: PLR0917 - options are given by name
    ids: Ids = None,
    source: Source = None,
    reason: Reason = None,
    fingerprint: Fingerprint = None,
    organization: Organization = None,
    nobodys: Nobodys = False,
    limit: Limit = None,
    rate: Annotated[int, typer.Option(min=1, max=1000, help="At most so many each second.")] = 50,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many would be replayed.")] = False,
) -> None:
    """Publish open letters again where they were published first. Exit code 1 when the broker did not take them all."""
    chosen, scope = _something(ids, source, reason, fingerprint), Scope(organization, nobodys)
    if dry_run:
        typer.echo(f"{NAME}: {len(run(NAME, _ids(chosen, scope, limit)))} would be published again")
        return
    published, failed = run(NAME, _replayed(chosen, scope, limit, rate))
    typer.echo(f"{NAME}: {published} published again, {failed} not confirmed")
    if failed:
        raise typer.Exit(1)


@app.command()
def discard(  # noqa: PLR0917 - options are given by name
    ids: Ids = None,
    source: Source = None,
    reason: Reason = None,
    fingerprint: Fingerprint = None,
    organization: Organization = None,
    nobodys: Nobodys = False,
    limit: Limit = None,
    confirm: Annotated[str | None, typer.Option(help="The word `discard`; asked for when it is left out.")] = None,
) -> None:
    """Close open letters for good; their rows stay for the record."""
    chosen, scope = _something(ids, source, reason, fingerprint), Scope(organization, nobodys)
    selected = run(NAME, _ids(chosen, scope, limit))
    if not selected:
        typer.echo(f"{NAME}: none is open")
        return
    question = f"{len(selected)} letters will never be handled. Type {CONFIRMATION} to go on"
    if (confirm if confirm is not None else typer.prompt(question)) != CONFIRMATION:
        stop(NAME, "nothing was discarded", code=2)
    typer.echo(f"{NAME}: {run(NAME, _discarded(selected))} discarded")


async def _ids(chosen: "Selection", scope: Scope, limit: int | None) -> list[int]:
    from sender_service.store import dead_letters

    async with pooled() as pool, _opened(pool) as conn:
        return await dead_letters.selected(conn, await scope.whose(conn), chosen, limit)


async def _replayed(chosen: "Selection", scope: Scope, limit: int | None, rate: int) -> tuple[int, int]:
    """How many the broker has again, and how many it did not confirm."""
    selected = await _ids(chosen, scope, limit)
    async with pooled() as pool, publishing() as publisher:
        published = await _letters(pool).replay(publisher, selected, per_second=rate)
    return len(published), len(selected) - len(published)


async def _discarded(ids: Sequence[int]) -> int:
    async with pooled() as pool:
        letters = _letters(pool)
        return sum([len(await letters.discard(ids[at : at + AT_ONCE])) for at in range(0, len(ids), AT_ONCE)])


def _letters(pool: "Pool") -> "Letters":
    from sender_service.letters import Letters
    from sender_service.store.dead_letters import ANYBODY

    settings = settings_or_exit()
    logging.configure(f"sender {NAME}", level=settings.log_level, secrets=settings.secrets())
    return Letters(lambda: _opened(pool), ANYBODY, "cli")


def _opened(pool: "Pool") -> "AbstractAsyncContextManager[Connection]":
    from sender_service.store.database import transaction

    return transaction(pool)


def _something(
    ids: Sequence[int] | None, source: str | None, reason: str | None, fingerprint: str | None
) -> "Selection":
    """What is chosen; exit code 2 when nothing is."""
    if not ids and source is None and reason is None and fingerprint is None:
        stop(NAME, "name --id, --source, --reason or --fingerprint", code=2)
    return _selection(ids or None, source, reason, fingerprint)


def _selection(
    ids: Sequence[int] | None, source: str | None, reason: str | None, fingerprint: str | None
) -> "Selection":
    from sender_service.store.dead_letters import Selection

    return Selection(ids=ids, source=source, reason=reason, fingerprint=fingerprint)


def _error(row: Any) -> str:
    """On one line, its long numbers masked."""
    from sender_service.api.masking import mask_digits

    return mask_digits(" ".join((row["error"] or "").split()))
