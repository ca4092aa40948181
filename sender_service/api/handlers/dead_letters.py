"""Dead letters: seen, grouped, replayed to where they came from, discarded."""

from typing import Any

from sender_service.api.ids import path_id
from sender_service.api.lists import newest
from sender_service.api.masking import mask_digits, masked
from sender_service.api.problems import not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.dead_letters import Discard, LetterQuery, Replay
from sender_service.api.shapes.dead_letters import Selection as Chosen
from sender_service.letters import Letters
from sender_service.store import dead_letters
from sender_service.store.dead_letters import Selection
from sender_service.store.tenancy import acting


async def find(call: Call[LetterQuery, Nothing]) -> dict[str, Any]:
    """Letters, newest first."""
    query = call.query
    selection = Selection(source=query.source, reason=query.reason, fingerprint=query.fingerprint)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(
            conn, call, dead_letters.page, dead_letters.count, selection, status=query.status, shown=shown
        )


async def groups(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Open letters by what they died of."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await dead_letters.groups(conn, call.organization_id)
    return {"data": [shown(row) for row in rows]}


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One letter, its body masked."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await dead_letters.get(conn, call.organization_id, path_id(call.path["id"], "dead letter"))
    if row is None:
        raise not_found("dead letter")
    return {**shown(row), "body": masked(row["body"])}


async def replay(call: Call[Nothing, Replay]) -> dict[str, Any]:
    """Publish letters again where they were published first, at most so many a second; what is confirmed is closed."""
    body = call.body
    async with acting(call.runtime.pool, call.organization_id) as conn:
        selected = await dead_letters.selected(conn, call.organization_id, _selection(body), body.limit)
    if body.dry_run:
        return {"dry_run": True, "selected": selected, "replayed": [], "failed": []}
    replayed = await _letters(call).replay(call.runtime.publisher, selected, per_second=body.per_second)
    failed = sorted(set(selected) - set(replayed))
    return {"dry_run": False, "selected": selected, "replayed": replayed, "failed": failed}


async def discard(call: Call[Nothing, Discard]) -> dict[str, Any]:
    """Close letters without replaying them; their rows stay for the record."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        ids = await dead_letters.selected(conn, call.organization_id, _selection(call.body), call.body.limit)
    return {"discarded": await _letters(call).discard(ids)}


def _letters(call: Call[Any, Any]) -> Letters:
    runtime, owner = call.runtime, call.organization_id
    return Letters(lambda: acting(runtime.pool, owner), owner, call.actor.name)


def _selection(chosen: Chosen) -> Selection:
    return Selection(ids=chosen.ids, source=chosen.source, reason=chosen.reason, fingerprint=chosen.fingerprint)


def shown(row: Any) -> dict[str, Any]:
    """Errors may quote what was wrong: long numbers in them are masked."""
    return {**row, "error": mask_digits(row["error"]) if row["error"] else None}
