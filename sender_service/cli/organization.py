"""`organization create`: a tenant with its default pipeline and its first API key."""

import re
from typing import Annotated

import typer

from sender_service.access import Actor, Role, new_key
from sender_service.cli.connect import connected, run, stop
from sender_service.store import api_keys, audit, organizations
from sender_service.store.database import Connection

FIRST_KEY = "first key"
# As the API takes them.
LONGEST_NAME = 200
COUNTRY = re.compile(r"[A-Z]{2}|[1-9][0-9]{0,2}")
app = typer.Typer(help="Organizations.", no_args_is_help=True)


@app.callback()
def _organization() -> None:
    """Organizations: the tenants everything belongs to."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name, unique in this installation.")],
    country: Annotated[
        str | None,
        typer.Option(help="Country of national phone numbers: a region such as IT, or a calling code such as 39."),
    ] = None,
) -> None:
    """Make an organization and print its first API key, once; repeating it changes nothing."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        stop("organization", f"name: needs 1 to {LONGEST_NAME} characters", code=2)
    if country is not None and not COUNTRY.fullmatch(country):
        stop("organization", "--country: a region such as IT, or a calling code such as 39", code=2)
    organization_id, key = run("organization", _create(name, country))
    typer.echo(f"organization: {organization_id}")
    if key is None:
        typer.echo("api key: was shown when the organization was made; make further ones with `key create`")
    else:
        typer.echo(f"api key: {key}")


async def _create(name: str, country: str | None) -> tuple[int, str | None]:
    async with connected() as conn, conn.transaction():
        organization_id, _ = await organizations.create(conn, name, default_country=country)
        return organization_id, await first_key(conn, organization_id)


async def first_key(conn: Connection, organization_id: int) -> str | None:
    """The text of an owner's key made now; None when the first key was made before."""
    if await api_keys.count_named(conn, organization_id, FIRST_KEY):
        return None
    return await issue(conn, organization_id, FIRST_KEY, Role.OWNER)


async def issue(conn: Connection, organization_id: int, name: str, role: Role) -> str:
    """Make a key, write it down, and give its text: the only time it is seen."""
    key = new_key()
    actor = Actor(organization_id, Role.OWNER, "cli")
    row = await api_keys.insert(
        conn, organization_id, name=name, role=role.name, prefix=key.prefix, secret_hash=key.hash, created_by=actor.name
    )
    await audit.record(conn, actor, "api_key.created", f"api_key:{row['id']}", role=role.name)
    return key.text
