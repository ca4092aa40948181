"""What every operator command begins with: settings, database, broker; and what is said when one is away."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from sender_service.settings import SettingRefused, Settings, load_settings
from sender_service.store import installation
from sender_service.store.database import Connection, Pool, acquired, open_pool
from shared.messaging.errors import BrokerAway, NeighbourAway

if TYPE_CHECKING:
    from shared.messaging.publisher import Publisher

Result = TypeVar("Result")
CONNECT_SECONDS = 10.0
# What an operator may do about it.
_VARIABLES = {"postgres": ("database", "SENDER_POSTGRES_DSN"), "broker": ("broker", "SENDER_AMQP_URL")}


def settings_or_exit() -> Settings:
    """The settings, or exit code 2 with one sentence naming the variable."""
    try:
        return load_settings()
    except SettingRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None


def run(command: str, work: Coroutine[Any, Any, Result]) -> Result:
    """What the work gives, or exit code 1 with one sentence saying who cannot be reached."""
    try:
        return asyncio.run(work)
    except NeighbourAway as away:
        stop(command, _unreachable(away.neighbour))
    except (BrokerAway, TimeoutError):
        stop(command, _unreachable("broker"))


def stop(command: str, sentence: str, code: int = 1) -> NoReturn:
    """End with a sentence on standard error."""
    typer.echo(f"{command}: {sentence}", err=True)
    raise typer.Exit(code)


def _unreachable(neighbour: str) -> str:
    name, variable = _VARIABLES.get(neighbour, (neighbour, "the settings"))
    return f"the {name} cannot be reached; {variable} says where it is"


@asynccontextmanager
async def pooled() -> AsyncIterator[Pool]:
    """The database; exit code 1 when it is not migrated."""
    dsn = settings_or_exit().postgres_dsn.get_secret_value()
    async with open_pool(dsn, max_size=1, name="colomba-cli") as pool:
        if await installation.token(pool) is None:
            typer.echo("the database is not migrated: run `python -m sender_service migrate`", err=True)
            raise typer.Exit(1)
        yield pool


@asynccontextmanager
async def connected() -> AsyncIterator[Connection]:
    """One connection, outside any transaction."""
    async with pooled() as pool, acquired(pool) as conn:
        yield conn


@asynccontextmanager
async def publishing() -> AsyncIterator["Publisher"]:
    """A publisher that has reached the broker. Raise `TimeoutError`."""
    from shared.messaging.publisher import Publisher

    async with Publisher(settings_or_exit().amqp_url.get_secret_value(), "colomba-cli") as publisher:
        async with asyncio.timeout(CONNECT_SECONDS):
            while not publisher.is_ready:  # noqa: ASYNC110 - there is no event to wait for: it may come and go
                await asyncio.sleep(0.05)
        yield publisher
