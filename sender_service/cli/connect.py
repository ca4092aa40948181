"""What every operator command begins with: the settings, and one connection to the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from sender_service.settings import SettingRefused, Settings, load_settings
from sender_service.store.database import Connection, acquired, open_pool


def settings_or_exit() -> Settings:
    """The settings, or exit code 2 with one sentence naming the variable."""
    try:
        return load_settings()
    except SettingRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None


@asynccontextmanager
async def connected() -> AsyncIterator[Connection]:
    """One connection, outside any transaction."""
    settings = settings_or_exit()
    dsn = settings.postgres_dsn.get_secret_value()
    async with open_pool(dsn, max_size=1, name="colomba-cli") as pool, acquired(pool) as conn:
        yield conn
