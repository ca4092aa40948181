"""Events on their way to the broker: one row per transaction, gone when they were confirmed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sender_service.in_turns import in_turns
from sender_service.store.database import Connection, queries
from shared.contracts.events import DomainEvent

_SQL = queries("outbox")


class Written(NamedTuple):
    """An event as a process wrote it, perhaps one of a newer release: it travels as it stands, known here or not."""

    routing_key: str
    event: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.event.get("id"))

    @property
    def name(self) -> str:
        return self.routing_key.rpartition(".")[0]

    def as_dict(self) -> Mapping[str, Any]:
        return self.event


class Kept(NamedTuple):
    id: int
    events: Sequence[DomainEvent | Written]


async def append(conn: Connection, events: Sequence[DomainEvent]) -> int | None:
    """The row that holds the events; None when there are none."""
    if not events:
        return None
    outbox_id: int = await conn.fetchval(_SQL.append, await written(events))
    return outbox_id


async def delete(conn: Connection, ids: Sequence[int]) -> None:
    """Forget rows, in no transaction of others: it commits without waiting for the disk."""
    await conn.execute(_SQL.delete, ids)


async def take_old(conn: Connection, older_than: float, limit: int) -> list[Kept]:
    """Up to `limit` rows older than so many seconds."""
    rows = await conn.fetch(_SQL.take_old, older_than, limit)
    return [Kept(row["id"], [Written(one["routing_key"], one["event"]) for one in row["events"]]) for row in rows]


async def written(events: Sequence[DomainEvent]) -> list[dict[str, Any]]:
    """Events as a row keeps them."""
    return [{"routing_key": event.routing_key, "event": event.as_dict()} async for event in in_turns(events)]
