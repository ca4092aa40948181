"""Campaigns: list, one with its progress, pause, resume, cancel."""

from datetime import UTC, datetime
from typing import Any

from sender_service.api.ids import path_id
from sender_service.api.lists import newest
from sender_service.api.problems import Problem, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.campaigns import CampaignQuery, detail
from sender_service.sending.campaigns import cancel_waiting
from sender_service.store import audit, campaigns
from sender_service.store.database import Connection
from sender_service.store.tenancy import acting

REFUSALS = 10_000


async def find(call: Call[CampaignQuery, Nothing]) -> dict[str, Any]:
    """Campaigns, newest first."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(conn, call, campaigns.page, campaigns.count, status=call.query.status)


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One campaign with its counters."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await shown(conn, call.organization_id, path_id(call.path["id"], "campaign"))


async def shown(conn: Connection, organization_id: int, campaign_id: int) -> dict[str, Any]:
    """A campaign with how far its messages have come."""
    row = await campaigns.get(conn, organization_id, campaign_id)
    if row is None:
        raise not_found("campaign")
    messages = await campaigns.progress(conn, organization_id, campaign_id)
    return detail(row, messages, await campaigns.refused(conn, organization_id, campaign_id, REFUSALS))


async def pause(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Nothing more of it is sent until it is resumed; what waits stays where it is."""
    return await _move(call, "paused", expected=("scheduled", "running"), reason="operator")


async def resume(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Go on, or start a draft; failures before this moment are forgiven."""
    campaign_id = path_id(call.path["id"], "campaign")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await campaigns.get(conn, call.organization_id, campaign_id)
    later = row is not None and row["starts_at"] is not None and row["starts_at"] > datetime.now(UTC)
    return await _move(call, "scheduled" if later else "running", expected=("draft", "paused"))


async def cancel(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Send nothing more of it; what waits is cancelled, what is being sent is not."""
    await _move(call, "cancelled", expected=("draft", "scheduled", "running", "paused"))
    campaign_id = path_id(call.path["id"], "campaign")
    await cancel_waiting(call.runtime.pool, call.organization_id, campaign_id)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await shown(conn, call.organization_id, campaign_id)


async def _move(
    call: Call[Nothing, Nothing], to: str, *, expected: tuple[str, ...], reason: str | None = None
) -> dict[str, Any]:
    campaign_id = path_id(call.path["id"], "campaign")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await campaigns.lock(conn, call.organization_id, campaign_id)
        if row is None:
            raise not_found("campaign")
        if not await campaigns.move(conn, call.organization_id, campaign_id, expected=expected, to=to, reason=reason):
            raise Problem("CONFLICT", f"the campaign is {row['status']}")
        deed = {"paused": "paused", "cancelled": "cancelled"}.get(to, "resumed")
        await audit.record(conn, call.actor, f"campaign.{deed}", f"campaign:{campaign_id}")
        return await shown(conn, call.organization_id, campaign_id)
