"""The effect of a change of an account, a number or a template, and the events it is told by."""

from sender_service.inbound.items import AccountChange
from sender_service.store.account_events import AccountEvent
from sender_service.store.database import Connection
from shared.contracts.events import DomainEvent


async def apply(_conn: Connection, _row: AccountEvent, _change: AccountChange) -> list[DomainEvent]:
    return []
