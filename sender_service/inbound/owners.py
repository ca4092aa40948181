"""The organization of each number, remembered for a short while; a number not remembered is always looked up."""

import time
from collections.abc import Callable, Iterable

from sender_service.store import claims
from sender_service.store.claims import Owner
from sender_service.store.database import Connection

# How long a number may still be taken for another organization's, or another language be used, after it was changed.
_SECONDS = 10.0


class Owners:
    """A small cache in front of `claims.numbers`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, Owner] = {}
        self._until = 0.0

    async def of(self, conn: Connection, phone_number_ids: Iterable[str]) -> dict[str, Owner]:
        """Number -> owner, for those that are registered now."""
        now = self._clock()
        if now >= self._until:
            self._known, self._until = {}, now + _SECONDS
        wanted = set(phone_number_ids)
        if missing := sorted(wanted - self._known.keys()):
            self._known |= await claims.numbers(conn, missing)
        return {number: self._known[number] for number in wanted & self._known.keys()}
