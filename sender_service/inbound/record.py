"""One transaction for a batch of webhooks: what they say, then the webhooks themselves with what became of them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from sender_service.in_turns import in_turns
from sender_service.inbound import (
    link,
    record_account,
    record_app_names,
    record_echoes,
    record_history,
    record_messages,
    record_preferences,
    record_statuses,
)
from sender_service.inbound.fates import Fates, log_webhooks
from sender_service.inbound.items import Batch, Told
from sender_service.inbound.owners import Owners
from sender_service.inbound.record_messages import Placed, Received
from sender_service.inbound.record_statuses import Owned
from sender_service.store import outbox
from sender_service.store.claims import Owner
from sender_service.store.database import Connection
from shared.contracts.events import DomainEvent
from shared.contracts.webhook import RawWebhook

MarkRead = Callable[[Connection, Sequence[tuple[int, str, str]]], Awaitable[None]]


class Means(NamedTuple):
    """What recording needs beside the batch."""

    installation: str
    owners: Owners
    mark_read: MarkRead | None


class Outcome(NamedTuple):
    """What is to be done once the transaction is committed."""

    outbox_id: int | None
    events: list[DomainEvent]
    woken: set[str]
    counts: dict[str, int]


async def record(conn: Connection, raw: Sequence[RawWebhook], batch: Batch, means: Means) -> Outcome:
    """Write everything. The order of the steps is the order of the locks: messages, people, then our own messages."""
    # A plan made while the tables were small would read them whole once they are not.
    await conn.execute("set local enable_seqscan = off")
    fates = Fates(len(raw))
    owners = await means.owners.of(conn, _numbers(batch))
    messages = await _messages(conn, batch, owners, fates)
    told = messages.told
    told += await _preferences(conn, batch, owners, fates)
    told += await _account(conn, batch, owners, fates)
    statuses = await _statuses(conn, batch, owners, fates=fates, installation=means.installation)
    told += statuses.told
    events = [_traced(event, raw[webhook].traceparent) async for webhook, event in in_turns(told)]
    if means.mark_read is not None and messages.placed:
        await means.mark_read(conn, _unread(messages.placed))
    await log_webhooks(conn, raw, batch, fates)
    counts = _counts(batch, messages.placed, statuses)
    return Outcome(await outbox.append(conn, events), events, statuses.woken, counts)


def _traced(event: DomainEvent, traceparent: str | None) -> DomainEvent:
    """The event as part of the trace of the webhook it comes from."""
    return event if traceparent is None else replace(event, traceparent=traceparent)


def _numbers(batch: Batch) -> set[str]:
    numbers = {message.phone_number_id for message in batch.messages}
    numbers |= {status.phone_number_id for status in batch.statuses}
    numbers |= {preference.phone_number_id for preference in batch.preferences}
    numbers |= {change.phone_number_id for change in batch.account if change.phone_number_id}
    numbers |= {item.phone_number_id for item in batch.set_aside if item.phone_number_id}
    return numbers


async def _messages(conn: Connection, batch: Batch, owners: dict[str, Owner], fates: Fates) -> record_messages.Recorded:
    received = []
    for message in batch.messages:
        owner = owners.get(message.phone_number_id)
        if fates.claim(message, owner) and owner is not None:
            received.append(Received(owner.organization_id, owner.language, message))
    recorded = await record_messages.record(conn, received)
    fates.renew(item.message for item in recorded.placed)
    return recorded


async def _statuses(
    conn: Connection, batch: Batch, owners: dict[str, Owner], *, fates: Fates, installation: str
) -> record_statuses.Recorded:
    owned = []
    async for status in in_turns(batch.statuses):
        owner = owners.get(status.phone_number_id)
        if fates.claim(status, owner) and owner is not None:
            owned.append(Owned(owner.organization_id, status))
    recorded = await record_statuses.record(conn, owned, installation)
    if recorded.homeless:
        await record_statuses.park(conn, recorded.homeless)
    fates.renew([*recorded.fresh, *(item.status for item in recorded.homeless)])
    return recorded


async def _preferences(conn: Connection, batch: Batch, owners: dict[str, Owner], fates: Fates) -> list[Told]:
    wishes = []
    for preference in batch.preferences:
        owner = owners.get(preference.phone_number_id)
        if fates.claim(preference, owner) and owner is not None:
            wishes.append((owner.organization_id, preference))
    if not wishes:
        return []
    changed, told = await record_preferences.record(conn, wishes)
    fates.renew(changed)
    return told


async def _account(conn: Connection, batch: Batch, owners: dict[str, Owner], fates: Fates) -> list[Told]:
    if not batch.account:
        return []
    claimed = await record_account.claim(conn, batch.account, owners)
    for change, claimants in zip(batch.account, claimed, strict=True):
        fates.claim(change, Owner(claimants[0], "en") if claimants else None)
    fresh, told = await record_account.record(conn, batch.account, claimed)
    await record_echoes.record(conn, fresh, owners)
    await record_history.record(conn, fresh, owners)
    await record_app_names.record(conn, fresh, owners)
    fates.renew(fresh)
    return told


def _unread(placed: Sequence[Placed]) -> list[tuple[int, str, str]]:
    return [
        (item.organization_id, item.message.phone_number_id, item.message.wamid)
        for item in placed
        if link.is_from_customer(item.message)
    ]


def _counts(batch: Batch, placed: Sequence[Placed], statuses: record_statuses.Recorded) -> dict[str, int]:
    counts = Counter(
        messages=len(placed),
        statuses=len(statuses.fresh),
        parked=len(statuses.homeless),
        set_aside=len(batch.set_aside),
    )
    counts["malformed"] = len(batch.malformed)
    return dict(counts)
