"""Story (a): a batch of raw webhooks -> log, contacts, conversations, leads, states and events, in one transaction."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sender_service.inbound import parse, record
from sender_service.inbound.items import Batch
from sender_service.inbound.owners import Owners
from sender_service.inbound.record import Outcome
from sender_service.store.contacts import IdentityRaced
from sender_service.store.database import Connection, Pool, retrying
from shared import metrics
from shared.contracts.errors import ContractViolation
from shared.contracts.events import LEAD_LINKED, DomainEvent
from shared.contracts.webhook import RawWebhook
from shared.logging import get_logger
from shared.messaging.consumer import Refused
from shared.messaging.delivery import Delivery
from shared.messaging.errors import Unprocessable

Relay = Callable[[int, Sequence[DomainEvent]], None]
# Numbers whose queue may move on, because a status ended a send in flight or in doubt.
Wake = Callable[[Iterable[str]], None]
# Called inside the transaction with (organization, number, Meta's message id) of each new message of a customer.
MarkRead = Callable[[Connection, Sequence[tuple[int, str, str]]], Awaitable[None]]

_RACES = 5
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InboundHandler:
    """Handles batches from `sender.webhooks`. `installation` is the token that stands in our attempt ids."""

    pool: Pool
    relay: Relay
    installation: str
    wake: Wake
    mark_read: MarkRead | None = None
    owners: Owners = field(default_factory=Owners)

    async def __call__(self, deliveries: Sequence[Delivery]) -> Sequence[Refused]:
        webhooks, refused = _read(deliveries)
        if webhooks:
            await self._handle(webhooks)
        return refused

    async def _handle(self, webhooks: Sequence[RawWebhook]) -> None:
        batch = await parse.parse([parse.Webhook(item.body, item.received_at) for item in webhooks])
        outcome = await self._record(webhooks, batch)
        if outcome.outbox_id is not None:
            self.relay(outcome.outbox_id, outcome.events)
        if outcome.woken:
            self.wake(outcome.woken)
        _measure(webhooks, outcome)
        _log.info("webhooks.recorded", webhooks=len(webhooks), **outcome.counts)

    async def _record(self, webhooks: Sequence[RawWebhook], batch: Batch) -> Outcome:
        """One transaction, again when another one gave an identifier of ours to another contact meanwhile."""

        async def work(conn: Connection) -> Outcome:
            return await record.record(
                conn, webhooks, batch, record.Means(self.installation, self.owners, self.mark_read)
            )

        for _ in range(_RACES - 1):
            with suppress(IdentityRaced):
                return await retrying(self.pool, work)
        return await retrying(self.pool, work)


def _measure(webhooks: Sequence[RawWebhook], outcome: Outcome) -> None:
    now = datetime.now(UTC)
    for webhook in webhooks:
        metrics.WEBHOOK_DELAY_SECONDS.observe(max(0.0, (now - webhook.received_at).total_seconds()))
    for kind, count in outcome.counts.items():
        metrics.WEBHOOK_ITEMS.labels(kind).inc(count)
    for event in outcome.events:
        if event.name == LEAD_LINKED:
            metrics.LEADS.labels(event.data["reason"]).inc()


def _read(deliveries: Sequence[Delivery]) -> tuple[list[RawWebhook], list[Refused]]:
    webhooks: list[RawWebhook] = []
    refused: list[Refused] = []
    for index, delivery in enumerate(deliveries):
        try:
            webhooks.append(RawWebhook.from_delivery(delivery))
        except ContractViolation as error:
            refused.append(Refused(index, Unprocessable("contract_violated", str(error))))
    return webhooks, refused
