"""Which numbers this worker may send from: leases renewed every 2 s, shared among live workers by rendezvous hash.

The database's clock decides when a lease ends; the process counts from the start of its request, minus a second, so
that it always stops first. That also holds when it was frozen meanwhile: its clock goes on.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sender_service.sending.rendezvous import preferred
from sender_service.store import number_leases, senders
from sender_service.store.database import Pool, acquired
from sender_service.store.senders import State
from shared.clock import Monotonic

TTL = timedelta(seconds=6)
RENEW_SECONDS = 2.0
MARGIN_SECONDS = 1.0
_SOONEST_SECONDS = 0.05


def boottime() -> float:
    """Seconds that also pass while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Holding:
    """The result of one round: epochs of the numbers held, until when, all numbers' states, and which to give up."""

    epochs: Mapping[str, int]
    until: float
    states: Mapping[str, State]
    give_up: frozenset[str]
    next_round: float


class Ownership:
    """The leases of one worker."""

    def __init__(self, pool: Pool, worker: str, clock: Monotonic = boottime) -> None:
        self._pool = pool
        self._worker = worker
        self._clock = clock

    async def round(self, held: Collection[str], *, take: bool = True) -> Holding:
        """Renew what is held, take what is free and ours by hash, and say what belongs to another now."""
        started = self._clock()
        async with acquired(self._pool) as conn:
            epochs = await number_leases.heartbeat(conn, self._worker, TTL, sorted(held))
            workers = await number_leases.live_workers(conn)
            states = await senders.states(conn)
            ours = {state.id for state in states if preferred(state.id, workers) == self._worker}
            free = [one.id for one in states if one.id in ours and one.id not in epochs and one.lease_left <= 0]
            if free and take:
                epochs |= await number_leases.claim(conn, self._worker, TTL, free)
        return Holding(
            epochs=epochs,
            until=started + TTL.total_seconds() - MARGIN_SECONDS,
            states={state.id: state for state in states},
            give_up=frozenset(epochs.keys() - ours),
            next_round=_next_round(states, epochs, ours),
        )

    async def release(self, numbers: Iterable[str]) -> None:
        """Give numbers back whose last call is written."""
        async with acquired(self._pool) as conn:
            await number_leases.release(conn, self._worker, sorted(numbers))

    async def leave(self) -> None:
        """Give everything back and count as alive no longer."""
        async with acquired(self._pool) as conn:
            await number_leases.leave(conn, self._worker)


def _next_round(states: Sequence[State], epochs: Mapping[str, int], ours: Collection[str]) -> float:
    """In 2 s, or when the lease of a number that is ours by hash ends sooner."""
    ends = [one.lease_left for one in states if one.id in ours and one.id not in epochs and one.lease_left > 0]
    return max(_SOONEST_SECONDS, min([RENEW_SECONDS, *ends]))
