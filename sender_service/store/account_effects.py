"""What Meta's account, number and template webhooks change in our rows."""

from typing import NamedTuple

from sender_service.store.database import Connection, queries

_SQL = queries("account_effects")


class TemplateKey(NamedTuple):
    organization_id: int
    account_id: str | None
    name: str | None
    language: str | None


class NumberKey(NamedTuple):
    """A number by its id or, where Meta names only that, by the digits it is displayed with."""

    organization_id: int
    id: str | None
    digits: str


async def template_status(conn: Connection, key: TemplateKey, status: str | None, reason: str | None) -> int | None:
    """The template, if we know it; no status leaves it as it is."""
    found: int | None = await conn.fetchval(_SQL.template_status, *key, status, reason)
    return found


async def template_fact(
    conn: Connection, key: TemplateKey, *, quality: str | None = None, category: str | None = None, stale: bool = False
) -> int | None:
    """The template, if we know it; `stale` asks the next sync for its components."""
    found: int | None = await conn.fetchval(_SQL.template_fact, *key, quality, category, stale)
    return found


async def number(
    conn: Connection,
    key: NumberKey,
    *,
    limit: str | None = None,
    quality: str | None = None,
    throughput: int | None = None,
    name: str | None = None,
) -> str | None:
    """The number, if we know it."""
    found: str | None = await conn.fetchval(_SQL.number, *key, limit, quality, throughput, name)
    return found


async def account(
    conn: Connection,
    organization_id: int,
    account_id: str | None,
    *,
    review: str | None = None,
    limit: str | None = None,
    settings: str | None = None,
) -> None:
    """`settings` is a JSON object that is merged into the known ones."""
    await conn.execute(_SQL.account, organization_id, account_id, review, limit, settings)


async def pause_account(conn: Connection, organization_id: int, account_id: str | None, reason: str) -> list[str]:
    """The numbers that are paused with it; none if it was paused already."""
    return [row["id"] for row in await conn.fetch(_SQL.pause_account, organization_id, account_id, reason)]


async def resume_account(conn: Connection, organization_id: int, account_id: str | None, kind: str) -> list[str]:
    """The numbers that may send again; only a pause whose reason begins with `kind` is lifted."""
    return [row["id"] for row in await conn.fetch(_SQL.resume_account, organization_id, account_id, kind)]
