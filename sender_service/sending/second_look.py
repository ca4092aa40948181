"""Judges once more what waited in the table: people block, opt out and fall silent while messages wait."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from sender_service.model import Queued
from sender_service.sending import guards
from sender_service.sending.guards import Facts, Refusal
from sender_service.store import guard_facts, outbox, send_queue
from sender_service.store.database import Connection, Pool, acquired, retrying
from sender_service.store.guard_facts import Known, Waited
from sender_service.store.send_queue import Refused
from shared.contracts.events import MESSAGE_FAILED, DomainEvent
from shared.logging import get_logger

Relay: TypeAlias = Callable[[int, Sequence[DomainEvent]], None]

_log = get_logger(__name__)


class SecondLook:
    """One question for a whole batch; what was handed over by the acceptance a moment ago does not come here."""

    def __init__(self, pool: Pool, relay: Relay) -> None:
        self._pool = pool
        self._relay = relay

    async def __call__(self, rows: Sequence[Queued]) -> list[Queued]:
        """Those that may still go, in their order. The others fail, and that is told."""
        if not rows:
            return []
        waited = [Waited(row.organization_id, row.message_id, row.template_id) for row in rows]
        async with acquired(self._pool) as conn:
            known = await guard_facts.find(conn, waited)
        refusals = {one.message_id: refusal for one in known if (refusal := judged(one))}
        if refusals:
            await self._fail([row for row in rows if row.message_id in refusals], refusals)
        return [row for row in rows if row.message_id not in refusals]

    async def _fail(self, rows: Sequence[Queued], refusals: Mapping[int, Refusal]) -> None:
        outbox_id, told = await retrying(self._pool, lambda conn: _written(conn, rows, refusals))
        if outbox_id is not None:
            self._relay(outbox_id, told)
        _log.info("messages.refused_after_waiting", refused=len(told))


def judged(known: Known) -> Refusal | None:
    """Why a message that waited may not go; one that expired is left to the sweep."""
    facts = Facts(
        now=known.now,
        blocked=known.blocked,
        marketing_opted_out=known.opted_out,
        window_expires_at=known.window_expires_at,
    )
    return guards.second_refusal(known.type, known.category, facts)


async def _written(
    conn: Connection, rows: Sequence[Queued], refusals: Mapping[int, Refusal]
) -> tuple[int | None, list[DomainEvent]]:
    refused = [(row, refusals[row.message_id]) for row in rows]
    failed = await send_queue.refuse(
        conn, [Refused(row.message_id, row.attempt, why.code, why.reason) for row, why in refused]
    )
    told = [
        DomainEvent(
            MESSAGE_FAILED,
            row.organization_id,
            f"{row.message_id}.{row.attempt}",
            failed[row.message_id],
            {
                "message_id": row.message_id,
                "status": "failed",
                **row.request["facts"],
                "error": {"code": why.code, "message": why.reason},
            },
            row.request["facts"].get("traceparent"),
        )
        for row, why in refused
        if row.message_id in failed
    ]
    return await outbox.append(conn, told), told
