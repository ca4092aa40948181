"""What time alone decides: messages that expire, calls that never got an outcome, and echo windows that end."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sender_service.cloud_api.client import CALL_SECONDS
from sender_service.sending.record import Relay
from sender_service.store import number_leases, outbox, outcomes, send_queue, senders, unknown_sends
from sender_service.store.database import Connection, Pool, retrying
from sender_service.store.outcomes import Doubted
from shared import clock
from shared.contracts.events import MESSAGE_EXPIRED, MESSAGE_UNKNOWN, DomainEvent

Work: TypeAlias = Callable[[Connection], Awaitable[list[DomainEvent]]]

AT_ONCE = 1000
EVERY_SECONDS = 1.0
TIDY_ROUNDS = 600
LAPSED_SECONDS = CALL_SECONDS + 5.0


class Sweep:
    """Safe to run in several processes at once, and twice."""

    def __init__(self, pool: Pool, relay: Relay, echo_window: float) -> None:
        self._pool = pool
        self._relay = relay
        self._echo_window = echo_window
        self._rounds = 0

    async def __call__(self) -> float:
        """One round; the seconds until the next."""
        expired = await self._told(self._expire)
        await retrying(self._pool, self._doubt_lapsed)
        announced = await self._told(self._end_windows)
        await self._tidy()
        return 0.0 if AT_ONCE in (expired, announced) else EVERY_SECONDS

    async def _tidy(self) -> None:
        """Now and then: what nobody asks for any more."""
        self._rounds += 1
        if self._rounds % TIDY_ROUNDS == 0:
            await retrying(self._pool, senders.forget_usage)
            await retrying(self._pool, number_leases.bury)

    async def _told(self, work: Work) -> int:
        """Do some work and tell its events; how many."""
        outbox_id, told = await retrying(self._pool, lambda conn: _with_outbox(conn, work))
        if outbox_id is not None:
            self._relay(outbox_id, told)
        return len(told)

    async def _expire(self, conn: Connection) -> list[DomainEvent]:
        now = clock.now()
        return [
            DomainEvent(
                MESSAGE_EXPIRED,
                one.organization_id,
                f"{one.message_id}.{one.attempt}",
                now,
                {"message_id": one.message_id, "status": "expired", **one.request["facts"]},
                one.request["facts"].get("traceparent"),
            )
            for one in await send_queue.expire(conn, AT_ONCE)
        ]

    async def _doubt_lapsed(self, conn: Connection) -> None:
        lapsed = await outcomes.lapsed(conn, LAPSED_SECONDS, AT_ONCE)
        if lapsed:
            reason = "the sending process ended before the answer came"
            doubted = [Doubted(message_id, attempt, reason) for message_id, attempt in lapsed]
            await outcomes.doubt(conn, doubted, self._echo_window)

    async def _end_windows(self, conn: Connection) -> list[DomainEvent]:
        """`on_unknown: resend` goes again, as an attempt of its own outside the order; the rest is announced, once."""
        await unknown_sends.resend_due(conn, AT_ONCE)
        now = clock.now()
        return [
            DomainEvent(
                MESSAGE_UNKNOWN,
                one.organization_id,
                f"{one.message_id}.{one.attempt}",
                now,
                {"message_id": one.message_id, "attempt": one.attempt, "status": "unknown", **one.request["facts"]},
                one.request["facts"].get("traceparent"),
            )
            for one in await unknown_sends.announce(conn, AT_ONCE)
        ]


async def _with_outbox(conn: Connection, work: Work) -> tuple[int | None, list[DomainEvent]]:
    told = await work(conn)
    return await outbox.append(conn, told), told
