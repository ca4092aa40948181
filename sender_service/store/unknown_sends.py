"""Sends whose answer was lost: they wait for Meta's echo, then for an operator or for the command's own wish."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sender_service.store.database import Connection, queries

_SQL = queries("unknown_sends")


class Unknown(NamedTuple):
    organization_id: int
    message_id: int
    attempt: int
    request: Mapping[str, Any]


async def resend_due(conn: Connection, limit: int) -> list[int]:
    """The messages that are queued again."""
    return [row["id"] for row in await conn.fetch(_SQL.resend_due, limit)]


async def announce(conn: Connection, limit: int) -> list[Unknown]:
    """Those whose echo window has ended and that were not told before."""
    return [Unknown(*row) for row in await conn.fetch(_SQL.announce, limit)]
