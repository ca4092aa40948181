"""WhatsApp business accounts: whose templates and, by default, whose token a number uses."""

from datetime import timedelta

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("accounts")


async def ensure(conn: Connection, organization_id: int, account_id: str, token: bytes | None = None) -> bool:
    """Register an account (token already encrypted); whether it is new."""
    created: bool = await conn.fetchval(_SQL.ensure, organization_id, account_id, token)
    return created


async def all_of(conn: Connection, organization_id: int, account_id: str | None = None) -> list[Record]:
    """Every account of an organization, or the one asked for; `token` is encrypted."""
    return await conn.fetch(_SQL.all_of, organization_id, account_id)


async def due_for_templates(conn: Connection, older_than: timedelta, limit: int) -> list[Record]:
    """Accounts of any organization whose templates are due to be read."""
    return await conn.fetch(_SQL.due_for_templates, older_than, limit)


async def templates_synced(conn: Connection, organization_id: int, account_id: str) -> None:
    """Start the next interval."""
    await conn.execute(_SQL.templates_synced, organization_id, account_id)
