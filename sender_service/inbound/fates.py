"""What became of each webhook of a batch: counted while its items are recorded, then written beside its bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

from sender_service.inbound.items import Batch
from sender_service.store import webhooks
from sender_service.store.claims import Owner
from sender_service.store.database import Connection
from shared.contracts.webhook import RawWebhook


class Item(Protocol):
    """Anything a webhook says: a message, a status, a preference, a change."""

    @property
    def webhook(self) -> int: ...

    @property
    def phone_number_id(self) -> str | None: ...


@dataclass(slots=True)
class Fate:
    """What became of the items of one webhook."""

    new: int = 0
    items: int = 0
    unclaimed: str | None = None
    set_aside: str | None = None
    organization_id: int | None = None
    phone_number_id: str | None = None


class Fates:
    """The fates of a batch of so many webhooks."""

    def __init__(self, webhooks: int) -> None:
        self.of = [Fate() for _ in range(webhooks)]

    def claim(self, item: Item, owner: Owner | None) -> bool:
        """Count an item for its webhook; whether somebody owns its number."""
        fate = self.of[item.webhook]
        fate.items += 1
        if owner is None:
            fate.unclaimed = fate.unclaimed or item.phone_number_id or ""
        elif fate.organization_id is None:
            fate.organization_id, fate.phone_number_id = owner.organization_id, item.phone_number_id
        return owner is not None

    def renew(self, items: Iterable[Item]) -> None:
        """Count items that were never seen before."""
        for item in items:
            self.of[item.webhook].new += 1


async def log_webhooks(conn: Connection, raw: Sequence[RawWebhook], batch: Batch, fates: Fates) -> None:
    """Write the webhooks with their outcome, and what was set aside of them."""
    ids = [_id(webhook) for webhook in raw]
    for item in batch.set_aside:
        fates.of[item.webhook].set_aside = item.reason
        fates.of[item.webhook].items += 1
    if batch.set_aside:
        await webhooks.set_aside(
            conn,
            [
                webhooks.SetAside(
                    fates.of[item.webhook].organization_id, ids[item.webhook], item.reason, item.raw,
                    raw[item.webhook].received_at,
                )
                for item in batch.set_aside
            ],
        )  # fmt: skip
    rows: dict[tuple[datetime, UUID], webhooks.Logged] = {}
    for index, webhook in enumerate(raw):
        row = _logged(webhook, ids[index], fates.of[index], batch.malformed.get(index))
        rows.setdefault((row.received_at, row.id), row)
    await webhooks.log(conn, list(rows.values()))


def _logged(webhook: RawWebhook, identifier: UUID, fate: Fate, malformed: str | None) -> webhooks.Logged:
    outcome, reason = _outcome(fate, malformed)
    return webhooks.Logged(
        webhook.received_at,
        identifier,
        fate.organization_id,
        fate.phone_number_id or fate.unclaimed or None,
        webhook.app,
        sha256(webhook.body).digest(),
        webhook.body,
        outcome,
        reason,
        fate.items,
    )


def _outcome(fate: Fate, malformed: str | None) -> tuple[str, str | None]:
    if malformed is not None:
        return "malformed", malformed
    if fate.unclaimed is not None:
        return "unclaimed_number", None
    if fate.set_aside is not None:
        return "set_aside", fate.set_aside
    return ("processed" if fate.new else "duplicate"), None


def _id(webhook: RawWebhook) -> UUID:
    """The id the ingress gave; whatever else stands there becomes an id all the same."""
    try:
        return UUID(webhook.message_id or "")
    except ValueError:
        return uuid5(NAMESPACE_OID, f"{webhook.message_id}{webhook.sha256}")
