"""The dedupe keys of commands: the same (organization, source, key) again is the same message."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from asyncpg import Record

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("command_keys")


class Key(NamedTuple):
    organization_id: int
    source: str
    key: str


class Claimed(NamedTuple):
    """An earlier claim. `status` is what its message was accepted as (queued for scheduled), None when it is gone."""

    organization_id: int
    source: str
    key: str
    body_hash: bytes
    message_id: int | None
    status: str | None
    created_at: datetime | None


async def find(conn: Connection, keys: Sequence[Key]) -> dict[Key, Claimed]:
    rows = await conn.fetch(_SQL.find, *columns(keys, Key))
    return {Key(*tuple(row)[:3]): Claimed(*row) for row in rows}


async def claim_request(conn: Connection, key: Key, body_hash: bytes) -> bool:
    """False when an earlier request had the key; it is committed then."""
    return await conn.fetchval(_SQL.claim_request, *key, body_hash) is not None


async def request(conn: Connection, key: Key) -> Record | None:
    """`body_hash` and `answer` of the request that had the key."""
    return await conn.fetchrow(_SQL.request, *key)


async def answer_request(conn: Connection, key: Key, answer: Mapping[str, Any]) -> None:
    await conn.execute(_SQL.answer_request, *key, answer)
