"""Events on their way to the broker: one row per transaction, gone when they were confirmed."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from sender_service.store.database import Connection, queries
from shared.contracts import cloudevents
from shared.contracts.events import DomainEvent, from_cloudevent

_SQL = queries("outbox")


class Kept(NamedTuple):
    id: int
    events: list[DomainEvent]


async def append(conn: Connection, events: Sequence[DomainEvent]) -> int | None:
    """The row that holds the events; None when there are none."""
    if not events:
        return None
    outbox_id: int = await conn.fetchval(_SQL.append, [_written(event) for event in events])
    return outbox_id


async def delete(conn: Connection, ids: Sequence[int]) -> None:
    await conn.execute(_SQL.delete, ids)


async def take_old(conn: Connection, older_than: float, limit: int) -> list[Kept]:
    """Up to `limit` rows older than so many seconds."""
    rows = await conn.fetch(_SQL.take_old, older_than, limit)
    return [Kept(row["id"], [_read(written) for written in row["events"]]) for row in rows]


def _written(event: DomainEvent) -> dict[str, Any]:
    return {"routing_key": event.routing_key, "event": cloudevents.as_dict(event.to_cloudevent())}


def _read(written: dict[str, Any]) -> DomainEvent:
    return from_cloudevent(cloudevents.decode(orjson.dumps(written["event"])))
