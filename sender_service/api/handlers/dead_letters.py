"""Dead letters: seen, grouped, replayed to where they came from, discarded."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sender_service.api.ids import path_id
from sender_service.api.lists import newest
from sender_service.api.masking import mask_digits, masked
from sender_service.api.problems import not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.dead_letters import Discard, LetterQuery, Replay
from sender_service.api.shapes.dead_letters import Selection as Chosen
from sender_service.store import audit, dead_letters
from sender_service.store.dead_letters import Selection
from sender_service.store.tenancy import acting
from shared.messaging.publisher import Outgoing

NONCE = "replay"
# Letters in memory at once: one can be a webhook of 4 MiB.
AT_ONCE = 20


async def find(call: Call[LetterQuery, Nothing]) -> dict[str, Any]:
    """Letters, newest first."""
    query = call.query
    selection = Selection(source=query.source, reason=query.reason, fingerprint=query.fingerprint)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(
            conn, call, dead_letters.page, dead_letters.count, selection, status=query.status, shown=_shown
        )


async def groups(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Open letters by what they died of."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await dead_letters.groups(conn, call.organization_id)
    return {"data": [_shown(row) for row in rows]}


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One letter, its body masked."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await dead_letters.get(conn, call.organization_id, path_id(call.path["id"], "dead letter"))
    if row is None:
        raise not_found("dead letter")
    return {**_shown(row), "body": masked(row["body"])}


async def replay(call: Call[Nothing, Replay]) -> dict[str, Any]:
    """Publish letters again where they were published first, at most so many a second; what is confirmed is closed."""
    body = call.body
    async with acting(call.runtime.pool, call.organization_id) as conn:
        selected = await dead_letters.selected(conn, call.organization_id, _selection(body), body.limit)
    replayed: list[int] = []
    if not body.dry_run:
        for start in range(0, len(selected), body.per_second):
            if start:
                await asyncio.sleep(1)
            share = selected[start : start + body.per_second]
            for first in range(0, len(share), AT_ONCE):
                replayed += await _publish(call, share[first : first + AT_ONCE])
    failed = [] if body.dry_run else sorted(set(selected) - set(replayed))
    return {"dry_run": body.dry_run, "selected": selected, "replayed": replayed, "failed": failed}


async def discard(call: Call[Nothing, Discard]) -> dict[str, Any]:
    """Close letters without replaying them; their rows stay for the record."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        ids = await dead_letters.selected(conn, call.organization_id, _selection(call.body), call.body.limit)
        closed = await dead_letters.settle(conn, call.organization_id, ids, "discarded")
        if closed:
            await audit.record(conn, call.actor, "dead_letters.discarded", "dead_letters", ids=sorted(closed))
    return {"discarded": sorted(closed)}


async def _publish(call: Call[Nothing, Replay], ids: Sequence[int]) -> list[int]:
    """Ids of the letters that the broker has again; closed and audited before the next ones are read."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await dead_letters.whole(conn, call.organization_id, ids)
    outcomes = await call.runtime.publisher.publish_all([_outgoing(dict(row)) for row in rows])
    confirmed = [row["id"] for row, failure in zip(rows, outcomes, strict=True) if failure is None]
    async with acting(call.runtime.pool, call.organization_id) as conn:
        await dead_letters.settle(conn, call.organization_id, confirmed, "replayed")
        await audit.record(conn, call.actor, "dead_letters.replayed", "dead_letters", ids=confirmed)
    return confirmed


def _outgoing(row: Mapping[str, Any]) -> Outgoing:
    """The letter as it was, with a nonce that tells the replay from the first time."""
    headers = {**row["headers"], NONCE: uuid4().hex}
    return Outgoing(row["exchange"] or "", row["routing_key"] or "", row["body"], headers=headers)


def _selection(chosen: Chosen) -> Selection:
    return Selection(ids=chosen.ids, source=chosen.source, reason=chosen.reason, fingerprint=chosen.fingerprint)


def _shown(row: Any) -> dict[str, Any]:
    """Errors may quote what was wrong: long numbers in them are masked."""
    return {**row, "error": mask_digits(row["error"]) if row["error"] else None}
