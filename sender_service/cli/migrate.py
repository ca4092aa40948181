"""`migrate`: brings the database to the schema of this release, as a deliberate step of the deployment."""

from typing import Annotated

import typer

from sender_service.cli.connect import settings_or_exit


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what is missing; exit code 1 if anything is.")
    ] = False,
) -> None:
    """Apply what the database lacks; repeating it changes nothing."""
    import psycopg

    from sender_service.store import migrations

    dsn = settings_or_exit().postgres_dsn.get_secret_value()
    try:
        names = migrations.pending(dsn) if check else migrations.migrate(dsn)
    except migrations.MigrationFailed as failed:
        typer.echo(f"migrate: {failed}", err=True)
        raise typer.Exit(1) from None
    except psycopg.OperationalError as error:
        typer.echo(f"migrate: the database cannot be reached: {error}", err=True)
        raise typer.Exit(1) from None
    for name in names:
        typer.echo(f"{'missing' if check else 'applied'}: {name}")
    if not names:
        typer.echo("database: up to date")
    if check and names:
        raise typer.Exit(1)
