"""Files of messages: which are to be fetched, which are kept and where."""

from typing import NamedTuple

from sender_service.store.database import Connection, queries

_SQL = queries("media")


class Due(NamedTuple):
    """A file to download; `tokens` are encrypted, the number's before its account's; `sha256` is the webhook's."""

    organization_id: int
    id: int
    phone_number_id: str | None
    meta_id: str
    mime_type: str | None
    sha256: bytes | None
    tries: int
    business_account_id: str | None
    tokens: list[bytes | None]


class Stored(NamedTuple):
    """A file that is kept; `note` says what is odd about it."""

    path: str
    size: int
    sha256: bytes
    sniffed_mime_type: str | None
    note: str | None


class Expired(NamedTuple):
    organization_id: int
    id: int
    path: str


async def take(conn: Connection, limit: int) -> list[Due]:
    """Up to `limit` files, out of every other worker's reach."""
    return [Due(*row) for row in await conn.fetch(_SQL.take, limit)]


async def stored(conn: Connection, due: Due, kept: Stored) -> None:
    await conn.execute(_SQL.stored, due.organization_id, due.id, *kept)


async def failed(conn: Connection, due: Due, error: str, again_in: float | None, *, counts: bool = True) -> None:
    """`again_in` seconds; None gives up. `counts`: whether a try was used up."""
    await conn.execute(_SQL.failed, due.organization_id, due.id, error, again_in, counts)


async def repeat(conn: Connection, organization_id: int, media_id: int) -> bool:
    """Whether there was a failed download to repeat."""
    return await conn.fetchval(_SQL.repeat, organization_id, media_id) is not None


async def take_expired(conn: Connection, days: int, limit: int) -> list[Expired]:
    return [Expired(*row) for row in await conn.fetch(_SQL.take_expired, days, limit)]


async def forget(conn: Connection, expired: Expired) -> None:
    await conn.execute(_SQL.forget, expired.organization_id, expired.id)
