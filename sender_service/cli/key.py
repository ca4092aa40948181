"""`key create` and `new-key`: further API keys, and an encryption key for SENDER_ENCRYPTION_KEYS."""

from typing import Annotated, Literal

import typer
from cryptography.fernet import Fernet

from sender_service.access import Role
from sender_service.cli.connect import connected, run
from sender_service.cli.organization import issue
from sender_service.store import organizations

app = typer.Typer(help="API keys.", no_args_is_help=True)
RoleName = Literal["SELLER", "MANAGER", "ADMIN", "OWNER"]


@app.callback()
def _key() -> None:
    """API keys: bearer keys bound to an organization and a role."""


@app.command()
def create(
    organization: Annotated[str, typer.Option(help="Name of the organization.")],
    name: Annotated[str, typer.Option(help="What the key is for.")] = "cli",
    role: Annotated[
        RoleName, typer.Option(help="What it may do: each role may do what the one before it may.")
    ] = "SELLER",
) -> None:
    """Make an API key and print it, once."""
    key = run("key", _create(organization, name, Role[role]))
    if key is None:
        typer.echo(f"--organization: there is none called {organization!r}", err=True)
        raise typer.Exit(1)
    typer.echo(f"api key: {key}")


async def _create(organization: str, name: str, role: Role) -> str | None:
    async with connected() as conn, conn.transaction():
        organization_id = await organizations.named(conn, organization)
        return None if organization_id is None else await issue(conn, organization_id, name, role)


def new_encryption_key() -> None:
    """Print a fresh key for SENDER_ENCRYPTION_KEYS."""
    typer.echo(Fernet.generate_key().decode())
