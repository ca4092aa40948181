"""Changes of accounts, numbers and templates -> kept whole, their effects, and what an operator must be told."""

from collections.abc import Sequence
from hashlib import sha256

import orjson

from sender_service.inbound import account
from sender_service.inbound.items import AccountChange, Told
from sender_service.inbound.lenient import dumps
from sender_service.inbound.parse_app import FIELDS, outline
from sender_service.inbound.record_effects import apply
from sender_service.store import account_events, claims
from sender_service.store.account_events import AccountEvent
from sender_service.store.claims import Owner
from sender_service.store.database import Connection


async def claim(conn: Connection, changes: Sequence[AccountChange], owners: dict[str, Owner]) -> list[list[int]]:
    """The organizations each change concerns: that of its number, else all that hold the business account."""
    accounts = await claims.accounts(conn, sorted({change.account_id for change in changes if change.account_id}))
    return [_claimants(change, owners, accounts) for change in changes]


def _claimants(change: AccountChange, owners: dict[str, Owner], accounts: dict[str, list[int]]) -> list[int]:
    owner = owners.get(change.phone_number_id or "")
    if owner is not None:
        return [owner.organization_id]
    if change.field in FIELDS and change.phone_number_id:
        # Its rows are the number's: they wait in the raw log until somebody registers it.
        return []
    return accounts.get(change.account_id or "", [])


async def record(
    conn: Connection, changes: Sequence[AccountChange], claimed: Sequence[Sequence[int]]
) -> tuple[list[AccountChange], list[Told]]:
    """The changes that were new, and what to tell of them."""
    rows = [
        (change, _row(organization_id, change))
        for change, claimants in zip(changes, claimed, strict=True)
        for organization_id in claimants
    ]
    distinct = {(row.organization_id, row.content_hash): (change, row) for change, row in rows}
    new = await account_events.add(conn, [row for _, row in distinct.values()]) if distinct else set()
    fresh: list[AccountChange] = []
    told: list[Told] = []
    for key, (change, row) in distinct.items():
        if key in new:
            fresh.append(change)
            told += [(change.webhook, event) for event in await apply(conn, row, change)]
    return fresh, told


def _row(organization_id: int, change: AccountChange) -> AccountEvent:
    return AccountEvent(
        organization_id,
        change.account_id,
        change.phone_number_id,
        account.field(change),
        account.event(change),
        account.subject(change),
        dumps(outline(change) if change.phone_number_id else change.value),
        _content_hash(change),
        change.at,
    )


def _content_hash(change: AccountChange) -> bytes:
    """What makes a repeat a repeat: account, number, field, value and Meta's time, whatever the order of keys."""
    try:
        value = orjson.dumps(change.value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Nested deeper than orjson writes.
        value = dumps(change.value).encode()
    head = f"{change.account_id}|{change.phone_number_id}|{change.field}|{change.at}|".encode()
    return sha256(head + value).digest()
