"""A single message on an idle number is accepted straight into `sending`: its intent commits with its acceptance.

One transaction does what takes two otherwise. A try that was not granted, or whose transaction failed or left its end
uncertain, is asked for again the ordinary way, which answers the same: granted, refused, or gone.
"""

from collections.abc import Callable

from sender_service.model import Queued
from sender_service.sending.tools import Wish
from sender_service.store.send_queue import NOBODY, Asked
from shared.clock import Monotonic


class Straight:
    """The tries of one acceptance: more than one when its transaction lost a deadlock. `owner` is this worker."""

    def __init__(self, choose: Callable[[Queued], Wish | None], owner: str, monotonic: Monotonic) -> None:
        self._choose = choose
        self._owner = owner
        self._monotonic = monotonic
        self.tried: list[Wish] = []
        self.granted: Wish | None = None
        self.intended_at = 0.0

    def ask(self, message: Queued) -> Asked:
        """For whom the intent is asked: nobody where something waits before; the reservation is kept in `tried`."""
        self.granted = None
        wish = self._choose(message)
        if wish is None:
            return NOBODY
        self.tried.append(wish)
        self.intended_at = self._monotonic()
        return Asked(wish.number.epoch, self._owner)

    def grant(self) -> None:
        """The last try was written."""
        self.granted = self.tried[-1]
