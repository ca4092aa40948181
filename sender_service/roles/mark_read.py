"""SENDER_AUTO_MARK_READ: what a customer writes is told to Meta as read, through the same door as any command."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sender_service.inbound.handler import InboundHandler, MarkRead
from sender_service.sending.accept import Accept
from sender_service.store.database import Connection
from shared.contracts.send_message import SendMessage, from_data
from shared.messaging.consumer import Refused
from shared.messaging.delivery import Delivery

SOURCE = "/auto-mark-read"
Message = tuple[int, str, str]


@dataclass(slots=True)
class MarkingRead:
    """Handles webhooks, then marks what was new; a process that dies between the two leaves out blue ticks, no more."""

    accept: Accept
    make: Callable[[MarkRead], InboundHandler]
    _handler: InboundHandler = field(init=False)
    _new: list[Message] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._handler = self.make(self._note)

    async def __call__(self, deliveries: Sequence[Delivery]) -> Sequence[Refused]:
        self._new = []
        refused = await self._handler(deliveries)
        if self._new:
            await self.accept([_command(number, wamid) for _, number, wamid in self._new])
        return refused

    async def _note(self, _conn: Connection, messages: Sequence[Message]) -> None:
        # A transaction that is tried again notes again: the last word counts.
        self._new = list(messages)


def _command(number: str, wamid: str) -> SendMessage:
    data = {"phone_number_id": number, "type": "mark_read", "mark_read": {"message_id": wamid}}
    return from_data(data, source=SOURCE, id=wamid)
