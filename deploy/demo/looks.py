"""What an operator would look up in Postgres to believe the story: one query per question, the answer in words."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

SECONDS = 5


class Database:
    """Opened anew for each look: nothing of the story depends on it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def message_of(self, source: str, command_id: str) -> dict[str, Any] | None:
        return await self._one(
            "select m.id, m.status, m.recipient, m.external_id, m.organization_id from colomba.command_keys k"
            " join colomba.message_log m on (m.organization_id, m.id) = (k.organization_id, k.message_id)"
            " where k.source = %s and k.key = %s",
            source,
            command_id,
        )

    async def attempt_of(self, message_id: int) -> dict[str, Any] | None:
        return await self._one(
            "select attempt, outcome, wamid from colomba.message_attempts where message_id = %s and wamid is not null",
            message_id,
        )

    async def statuses_of(self, message_id: int) -> dict[str, Any] | None:
        return await self._one(
            "select array_agg(distinct status) as statuses from colomba.message_status_events where message_id = %s",
            message_id,
        )

    async def inbound(self, digits: str, text: str) -> dict[str, Any] | None:
        return await self._one(
            "select m.id, m.status, m.contact_id, m.conversation_id, c.profile_name, v.status as conversation,"
            " v.unread_count, v.window_expires_at > now() as window_open from colomba.message_log m"
            " join colomba.contacts c on (c.organization_id, c.id) = (m.organization_id, m.contact_id)"
            " join colomba.conversations v on (v.organization_id, v.id) = (m.organization_id, m.conversation_id)"
            " where m.direction = 'inbound' and c.wa_id = %s and m.text = %s",
            digits,
            text,
        )

    async def lead_of(self, contact_id: int, message_id: int) -> dict[str, Any] | None:
        return await self._one(
            "select l.id, l.name, l.status, l.source, k.reason, n.text as note from colomba.lead_links k"
            " join colomba.leads l on (l.organization_id, l.id) = (k.organization_id, k.lead_id)"
            " join colomba.lead_notes n on (n.organization_id, n.lead_id) = (l.organization_id, l.id)"
            " where k.contact_id = %s and n.message_id = %s and not n.is_private",
            contact_id,
            message_id,
        )

    async def _one(self, query: str, *arguments: object) -> dict[str, Any] | None:
        connection = await psycopg.AsyncConnection.connect(self._dsn, connect_timeout=SECONDS, autocommit=True)
        async with connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query.encode(), arguments)
            return await cursor.fetchone()
