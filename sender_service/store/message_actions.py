"""What people do to a message after it was accepted: send it again, or settle a doubt."""

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("message_actions")


async def for_resend(conn: Connection, organization_id: int, message_id: int) -> Record | None:
    """What is needed to send a message again; `in_doubt` when it waits for Meta's echo."""
    return await conn.fetchrow(_SQL.for_resend, organization_id, message_id)


async def send_doubtful_again(conn: Connection, organization_id: int, message_id: int) -> bool:
    """Queue a new attempt; False when the doubt is over."""
    return await conn.fetchval(_SQL.send_doubtful_again, organization_id, message_id) is not None


async def resolve(
    conn: Connection, organization_id: int, message_id: int, *, status: str, reason: str | None
) -> Record | None:
    """Settle a doubt as `sent` or `failed`; None when it is over already."""
    return await conn.fetchrow(_SQL.resolve, organization_id, message_id, status, reason)
