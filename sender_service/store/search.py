"""Search by word, for the organization that `tenancy.acting` bound the transaction to."""

from sender_service.store.database import Connection, queries

_SQL = queries("search")
MOST_MESSAGES = 10_001


async def messages(conn: Connection, query: str, *, before: int | None = None, limit: int = MOST_MESSAGES) -> list[int]:
    """Ids of matching messages, newest first."""
    ids: list[int] = await conn.fetchval(_SQL.messages, query, before, limit)
    return ids
