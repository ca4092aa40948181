"""`number add`: a phone number of an organization, with its business account and its access token."""

import sys
from pathlib import Path
from typing import Annotated

import phonenumbers
import typer

from sender_service.access import Actor, Role
from sender_service.cli.connect import connected, run, settings_or_exit
from sender_service.cli.organization import first_key
from sender_service.errors import KeyUnusable, NumberTaken, VaultClosed
from sender_service.store import accounts, audit, numbers, organizations
from sender_service.vault import Vault

app = typer.Typer(help="Phone numbers.", no_args_is_help=True)


@app.callback()
def _number() -> None:
    """Phone numbers: what an organization sends from."""


@app.command()
def add(  # noqa: PLR0917 - options are given by name
    organization: Annotated[str, typer.Option(help="Name of the organization; made when there is none.")],
    waba: Annotated[str, typer.Option(help="Id of the WhatsApp business account.")],
    id: Annotated[str, typer.Option(help="Meta's phone number id.")],  # noqa: A002 - the option's name
    phone: Annotated[str, typer.Option(help="The number in international form, e.g. +39 06 1234567.")],
    token_file: Annotated[
        str | None, typer.Option(help="File with the access token, or - for standard input; stored encrypted.")
    ] = None,
) -> None:
    """Register a number; print the organization's first API key, once; repeating it changes nothing."""
    digits, display, country = _phone(phone)
    token = _encrypted(token_file)
    work = _add(organization, waba=waba, number_id=id, phone=(digits, display, country), token=token)
    try:
        organization_id, created, key = run("number", work)
    except NumberTaken as taken:
        typer.echo(str(taken), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"organization: {organization_id}")
    typer.echo(f"number: {id} {'added' if created else 'was there, now up to date'}")
    if key is not None:
        typer.echo(f"api key: {key}")


async def _add(
    organization: str, *, waba: str, number_id: str, phone: tuple[str, str, str | None], token: bytes | None
) -> tuple[int, bool, str | None]:
    digits, display, country = phone
    async with connected() as conn, conn.transaction():
        organization_id, _ = await organizations.create(conn, organization, default_country=country)
        await accounts.ensure(conn, organization_id, waba)
        created = await numbers.ensure(
            conn,
            organization_id,
            number_id,
            account_id=waba,
            digits=digits,
            display=display,
            country=country,
            token=token,
        )
        actor = Actor(organization_id, Role.OWNER, "cli")
        await audit.record(conn, actor, "number.added", f"number:{number_id}", with_token=token is not None)
        return organization_id, created, await first_key(conn, organization_id)


def _phone(text: str) -> tuple[str, str, str | None]:
    """Digits, display form and country of a number in international form; exit code 2 for anything else."""
    try:
        parsed = phonenumbers.parse(text if text.startswith("+") else f"+{text}")
    except phonenumbers.NumberParseException:
        typer.echo(f"--phone: {text!r} is not a phone number in international form", err=True)
        raise typer.Exit(2) from None
    display = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    digits = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
    return digits, display, phonenumbers.region_code_for_number(parsed)


def _encrypted(token_file: str | None) -> bytes | None:
    """The token, encrypted; exit code 2 when it is empty, unreadable or there are no keys to encrypt it with."""
    if token_file is None:
        return None
    try:
        text = sys.stdin.read() if token_file == "-" else Path(token_file).read_text(encoding="utf-8")  # noqa: S105
        vault = Vault.from_keys(settings_or_exit().encryption_key_list)
        return vault.encrypt(_usable(text.strip()))
    except (OSError, ValueError, VaultClosed, KeyUnusable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _usable(token: str) -> str:
    if not token:
        raise ValueError("--token-file: the file is empty")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("--token-file: has characters that no access token has")
    return token
