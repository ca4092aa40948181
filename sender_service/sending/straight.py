"""A single message on an idle number is accepted straight into `sending`: its intent commits with its acceptance.

One transaction does what takes two otherwise. A try that was not granted, or whose transaction failed or left its end
uncertain, is asked for again the ordinary way, which answers the same: granted, refused, or gone.
"""

from collections.abc import Awaitable, Callable

from sender_service.model import Queued
from sender_service.sending.tools import Wish
from sender_service.store.database import Connection
from shared.clock import Monotonic


class Straight:
    """The tries of one acceptance: more than one when its transaction lost a deadlock."""

    def __init__(
        self,
        choose: Callable[[Queued], Wish | None],
        intend: Callable[[Connection, Wish], Awaitable[bool]],
        monotonic: Monotonic,
    ) -> None:
        self._choose = choose
        self._intend = intend
        self._monotonic = monotonic
        self.tried: list[Wish] = []
        self.granted: Wish | None = None
        self.intended_at = 0.0

    async def intend(self, conn: Connection, message: Queued) -> None:
        """Write the intent where nothing waits before this message; the number's reservation is kept in `tried`."""
        self.granted = None
        wish = self._choose(message)
        if wish is None:
            return
        self.tried.append(wish)
        self.intended_at = self._monotonic()
        if await self._intend(conn, wish):
            self.granted = wish
