"""Raw webhooks: listed, and published again to go through the same path."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sender_service.api.paging import capped, decode_cursor, listing
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.webhooks import ReplayWebhooks, WebhookQuery
from sender_service.store import audit, webhook_archive
from sender_service.store.tenancy import acting
from sender_service.store.webhook_archive import Chosen, Name
from shared.contracts.webhook import CONTENT_TYPE, RawWebhook, routing_key
from shared.messaging.publisher import Outgoing
from shared.messaging.topology import WEBHOOKS

# Webhooks in memory at once: one can have 4 MiB.
AT_ONCE = 20


async def find(call: Call[WebhookQuery, Nothing]) -> dict[str, Any]:
    """Webhooks, newest first."""
    query = call.query
    chosen = _chosen(query)
    key = decode_cursor(query.cursor, _moment, UUID)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await webhook_archive.page(
            conn,
            call.organization_id,
            chosen,
            before=(key[0], key[1]) if key else None,
            limit=query.limit,
            offset=query.offset,
        )
        total = capped(await webhook_archive.count(conn, call.organization_id, chosen))
    return listing([dict(row) for row in rows], total, query, lambda row: (row["received_at"], str(row["id"])))


async def replay(call: Call[Nothing, ReplayWebhooks]) -> dict[str, Any]:
    """Publish webhooks again as they came; what they say is recorded once however often they are replayed."""
    body = call.body
    named = None if body.webhooks is None else [(one.received_at, one.id) for one in body.webhooks]
    async with acting(call.runtime.pool, call.organization_id) as conn:
        names = await webhook_archive.selected(conn, call.organization_id, _chosen(body), named=named, limit=body.limit)
    selected, replayed = [key for _, key in names], []
    if body.dry_run:
        return {"dry_run": True, "selected": selected, "replayed": [], "failed": []}
    for first in range(0, len(names), AT_ONCE):
        replayed += await _publish(call, names[first : first + AT_ONCE])
    failed = [key for key in selected if key not in set(replayed)]
    told = {"replayed": len(replayed), "failed": len(failed)}
    async with acting(call.runtime.pool, call.organization_id) as conn:
        await audit.record(conn, call.actor, "webhooks.replayed", "webhooks", **told)
    return {"dry_run": False, "selected": selected, "replayed": replayed, "failed": failed}


async def _publish(call: Call[Nothing, ReplayWebhooks], names: Sequence[Name]) -> list[UUID]:
    """Ids of those that the broker has again."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await webhook_archive.whole(conn, call.organization_id, names)
    outcomes = await call.runtime.publisher.publish_all([_outgoing(dict(row)) for row in rows])
    return [row["id"] for row, failure in zip(rows, outcomes, strict=True) if failure is None]


def _chosen(narrowed: WebhookQuery | ReplayWebhooks) -> Chosen:
    return Chosen(
        outcome=narrowed.outcome,
        phone_number_id=narrowed.phone_number_id,
        since=narrowed.since,
        until=narrowed.until,
    )


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("has no offset")
    return moment


def _outgoing(row: Mapping[str, Any]) -> Outgoing:
    """The delivery as it came, under the id it has in the log, so that its row tells the latest outcome."""
    webhook = RawWebhook(
        received_at=row["received_at"],
        app=row["app"],
        sha256=bytes(row["sha256"]).hex(),
        traceparent=None,
        body=bytes(row["body"]),
    )
    return Outgoing(WEBHOOKS, routing_key(webhook.app), webhook.body, CONTENT_TYPE, webhook.headers(), str(row["id"]))
