"""Whose a webhook is: phone number or business account -> organization."""

from collections.abc import Sequence
from typing import NamedTuple

from sender_service.store.database import Connection, queries

_SQL = queries("claims")


class Owner(NamedTuple):
    """The organization of a number, and the language its people read."""

    organization_id: int
    language: str


async def numbers(conn: Connection, ids: Sequence[str]) -> dict[str, Owner]:
    """Number -> owner, for those that are registered."""
    rows = await conn.fetch(_SQL.numbers, ids)
    return {row["id"]: Owner(row["organization_id"], row["language"]) for row in rows}


async def accounts(conn: Connection, ids: Sequence[str]) -> dict[str, list[int]]:
    """Business account -> its organizations."""
    owners: dict[str, list[int]] = {}
    for row in await conn.fetch(_SQL.accounts, ids):
        owners.setdefault(row["id"], []).append(row["organization_id"])
    return owners
