"""Writes what came of calls, a group in one transaction: rows, history, notes, pauses and the events that tell of them.

A late truth always counts: nothing here asks who owns the number. Repeating a group changes nothing.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sender_service.sending import calls, pauses
from sender_service.sending.calls import Call
from sender_service.sending.outcome import Act, Fate
from sender_service.store import outbox, outcomes
from sender_service.store.database import Connection, Pool, retrying
from shared.contracts.events import LEAD_LINKED, DomainEvent

Relay: TypeAlias = Callable[[int, Sequence[DomainEvent]], None]


class Recorder:
    """`written` is told each call after its commit."""

    def __init__(self, pool: Pool, relay: Relay, echo_window: float, written: Callable[[Call], None]) -> None:
        self._pool = pool
        self._relay = relay
        self._echo_window = echo_window
        self._written = written

    async def __call__(self, group: Sequence[Call]) -> None:
        """Write a group; raises `NeighbourAway` when nothing is certain."""
        ordered = sorted(group, key=lambda call: (call.message.organization_id, call.message_id))
        outbox_id, told = await retrying(self._pool, lambda conn: self._write(conn, ordered))
        if outbox_id is not None:
            self._relay(outbox_id, told)
        for call in group:
            self._written(call)

    async def _write(self, conn: Connection, group: Sequence[Call]) -> tuple[int | None, list[DomainEvent]]:
        told = [event for call in group if (event := calls.event(call))]
        await self._write_fates(conn, group)
        told += await _note(conn, group)
        for call in group:
            if call.decision.act is not Act.NOTHING:
                told += await pauses.act(conn, call)
        return await outbox.append(conn, told), told

    async def _write_fates(self, conn: Connection, group: Sequence[Call]) -> None:
        final = [calls.settled(call) for call in group if call.decision.fate.is_final]
        back = [calls.requeued(call) for call in group if call.decision.fate in (Fate.QUEUED, Fate.RETRY_WAIT)]
        doubtful = [calls.doubted(call) for call in group if call.decision.fate is Fate.UNKNOWN]
        if final:
            await outcomes.settle(conn, final)
        if back:
            await outcomes.requeue(conn, back)
            await outcomes.reclaim(conn, back)
        if doubtful:
            await outcomes.doubt(conn, doubtful, self._echo_window)
        if len(final) < len(group):
            await outcomes.add_attempts(
                conn, [calls.attempt(call) for call in group if not call.decision.fate.is_final]
            )


async def _note(conn: Connection, group: Sequence[Call]) -> list[DomainEvent]:
    """Messages sent for a lead become its notes; a contact without a lead is linked to it."""
    noted = {
        call.message_id: call
        for call in group
        if call.decision.fate is Fate.SENT and call.message.request["facts"].get("lead_id")
    }
    if not noted:
        return []
    links = await outcomes.note(conn, [(call.message.organization_id, call.message_id) for call in noted.values()])
    return [
        DomainEvent(
            LEAD_LINKED,
            link.organization_id,
            str(link.contact_id),
            noted[link.message_id].finished_at,
            {"reason": "command", **link._asdict()},
        )
        for link in links
    ]
