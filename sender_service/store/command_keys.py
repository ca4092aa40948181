"""The dedupe keys of commands: the same (organization, source, key) again is the same message."""

from collections.abc import Sequence
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("command_keys")


class Key(NamedTuple):
    organization_id: int
    source: str
    key: str


class Wanted(NamedTuple):
    organization_id: int
    source: str
    key: str
    body_hash: bytes


class Claimed(NamedTuple):
    """An earlier claim; `status` is None when its message is gone."""

    organization_id: int
    source: str
    key: str
    body_hash: bytes
    message_id: int | None
    status: str | None


async def claim(conn: Connection, wanted: Sequence[Wanted]) -> dict[Key, int]:
    """Key -> new message id, ascending in the order of `wanted`; keys claimed before are missing."""
    rows = await conn.fetch(_SQL.claim, *columns(wanted, Wanted))
    return {Key(*tuple(row)[:3]): row["message_id"] for row in rows}


async def find(conn: Connection, keys: Sequence[Key]) -> dict[Key, Claimed]:
    rows = await conn.fetch(_SQL.find, *columns(keys, Key))
    return {Key(*tuple(row)[:3]): Claimed(*row) for row in rows}


async def forget(conn: Connection, keys: Sequence[Key]) -> None:
    """Nothing is done when there are none."""
    if keys:
        await conn.execute(_SQL.forget, *columns(keys, Key))
