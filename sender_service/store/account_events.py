"""Webhooks about accounts, numbers and templates, kept whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sender_service.store.columns import columns
from sender_service.store.database import Connection, queries

_SQL = queries("account_events")


class AccountEvent(NamedTuple):
    """`subject` is what the event is about, `raw` JSON text, `occurred_at` Meta's time if it told one."""

    organization_id: int
    business_account_id: str | None
    phone_number_id: str | None
    field: str
    event: str | None
    subject: str
    raw: str
    content_hash: bytes
    occurred_at: datetime | None


async def add(conn: Connection, account_events: Sequence[AccountEvent]) -> set[tuple[int, bytes]]:
    """The (organization, content) of those that were new."""
    rows = await conn.fetch(_SQL.add, *columns(account_events, AccountEvent))
    return {(row["organization_id"], row["content_hash"]) for row in rows}


async def is_newest(conn: Connection, event: AccountEvent) -> bool:
    newest: bool = await conn.fetchval(
        _SQL.is_newest, event.organization_id, event.field, event.subject, event.occurred_at, event.content_hash
    )
    return newest
