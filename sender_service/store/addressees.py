"""How leads and contacts are written to."""

from collections.abc import Sequence

from sender_service.store.database import Connection, queries

_SQL = queries("addressees")


async def of_leads(conn: Connection, organization_id: int, ids: Sequence[int]) -> dict[int, str | None]:
    """Lead -> phone digits, for those there are."""
    return {row["id"]: row["phone"] for row in await conn.fetch(_SQL.of_leads, organization_id, list(ids))}


async def of_contacts(
    conn: Connection, organization_id: int, ids: Sequence[int]
) -> dict[int, tuple[str | None, str | None]]:
    """Contact -> (phone digits, user id), for those there are."""
    rows = await conn.fetch(_SQL.of_contacts, organization_id, list(ids))
    return {row["id"]: (row["phone"], row["bsuid"]) for row in rows}
