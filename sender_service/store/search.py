"""Search by word, for the organization that `tenancy.acting` bound the transaction to."""

from sender_service.store.database import Connection, queries

_SQL = queries("search")
MOST_CONTACTS = 1_000
MOST_MESSAGES = 10_001
MOST_TAGGED = 10_001


async def contacts(conn: Connection, query: str) -> list[int]:
    """At most 1,000 ids of matching contacts."""
    return [row["id"] for row in await conn.fetch(_SQL.contacts, query, MOST_CONTACTS)]


async def tagged(conn: Connection, tag: str) -> list[int] | None:
    """Ids of the contacts that have a tag; None where they are so many that a page of them is soon full."""
    rows = await conn.fetch(_SQL.tagged, tag, MOST_TAGGED)
    return None if len(rows) == MOST_TAGGED else [row["id"] for row in rows]


async def messages(conn: Connection, query: str, *, before: int | None = None, limit: int = MOST_MESSAGES) -> list[int]:
    """Ids of matching messages, newest first."""
    return [row["id"] for row in await conn.fetch(_SQL.messages, query, before, limit)]
