"""What the numbers of a worker share, and what they ask of it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sender_service.cloud_api.client import CloudApi
from sender_service.model import Queued
from sender_service.sending.alarm import Later
from sender_service.sending.calls import Call
from sender_service.sending.grouping import Grouper
from sender_service.sending.reads import Reads
from sender_service.sending.slots import Slots
from sender_service.store.database import Pool
from sender_service.store.senders import State
from shared import clock

if TYPE_CHECKING:
    from sender_service.sending.number import NumberDispatch


@dataclass(frozen=True, slots=True)
class Wish:
    """An intent asked for: attempt n of a message, in the name of its number's lease.

    `since` is the monotonic time from which tokens count for it: when it was chosen, or since when intents were full.
    """

    number: "NumberDispatch"
    message: Queued
    since: float

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.message.message_id, self.message.attempt + 1, self.number.epoch)


@dataclass(frozen=True, slots=True)
class Tools:
    """What all numbers of a worker share."""

    pool: Pool
    cloud_api: CloudApi
    slots: Slots
    intents: Grouper[Wish]
    records: Grouper[Call]
    reads: Reads
    installation: str
    token_of: Callable[[State], str | None]
    start: Callable[[Coroutine[Any, Any, None]], None]
    later: Later
    now: clock.Clock
    monotonic: clock.Monotonic
