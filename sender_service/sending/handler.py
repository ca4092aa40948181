"""The batch handler of the command queues: decodes, accepts, and says which were refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import is_

from sender_service.in_turns import in_turns
from sender_service.sending.accept import Accept, Rejected
from shared import metrics, tracing
from shared.contracts.errors import ContractViolation
from shared.contracts.send_message import Lane, SendMessage, decode
from shared.messaging.consumer import Refused
from shared.messaging.delivery import Delivery
from shared.messaging.errors import Unprocessable


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What deliveries say, each in its place, or what is wrong with them."""

    deliveries: Sequence[Delivery] = ()
    commands: Sequence[SendMessage | ContractViolation] = ()

    def are(self, deliveries: Sequence[Delivery]) -> bool:
        """Whether these are the very same deliveries, all of them."""
        return len(deliveries) == len(self.deliveries) and all(map(is_, deliveries, self.deliveries))


class CommandHandler:
    """One for each queue: `prepare` decodes the batch that comes next while another is being accepted."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self._prepared = _Decoded()

    async def prepare(self, deliveries: Sequence[Delivery]) -> None:
        self._prepared = await _decode(deliveries)

    async def __call__(self, deliveries: Sequence[Delivery]) -> Sequence[Refused]:
        decoded = self._prepared if self._prepared.are(deliveries) else await _decode(deliveries)
        refused: list[Refused] = []
        commands: dict[int, SendMessage] = {}
        for place, command in enumerate(decoded.commands):
            if isinstance(command, ContractViolation):
                refused.append(Refused(place, Unprocessable("contract", str(command))))
            else:
                commands[place] = command
        results = await self._accept(list(commands.values())) if commands else []
        for place, result in zip(commands, results, strict=True):
            if isinstance(result, Rejected):
                refused.append(Refused(place, Unprocessable(result.reason, result.detail)))
        metrics.COMMANDS_ACCEPTED.labels("bus", "accepted").inc(len(deliveries) - len(refused))
        metrics.COMMANDS_ACCEPTED.labels("bus", "refused").inc(len(refused))
        return refused


async def _decode(deliveries: Sequence[Delivery]) -> _Decoded:
    return _Decoded(deliveries, [_command(delivery) async for delivery in in_turns(deliveries)])


def _command(delivery: Delivery) -> SendMessage | ContractViolation:
    lane: Lane = "bulk" if delivery.routing_key.startswith("send.bulk") else "priority"
    try:
        return decode(delivery.body, lane=lane, traceparent=delivery.headers.get(tracing.HEADER))
    except ContractViolation as error:
        return error
