"""An organization with a number, and the short way from a command to its row."""

from typing import Any

import asyncpg

from sender_service.sending.accept import Accept, Accepted
from sender_service.store.database import Pool
from shared.contracts.send_message import SendMessage, from_data
from tests.builders import PHONE_NUMBER_ID

ACCOUNT_ID = "102290129340398"


async def organization(pool: Pool, *, number: str = PHONE_NUMBER_ID, name: str = "Trattoria", **columns: Any) -> int:
    """An organization with one account and one number; `columns` are set on the number."""
    organization_id: int = await pool.fetchval(
        "insert into colomba.organizations (name) values ($1) returning id", name
    )
    await pool.execute(
        "insert into colomba.business_accounts (organization_id, id) values ($1, $2)", organization_id, ACCOUNT_ID
    )
    await another_number(pool, organization_id, number, **columns)
    return organization_id


async def another_number(pool: Pool, organization_id: int, number: str, **columns: Any) -> None:
    await pool.execute(
        "insert into colomba.phone_numbers"
        " (organization_id, id, business_account_id, digits, display_phone_number, country)"
        " values ($1, $2, $3, '390612345678', '+39 06 1234 5678', 'IT')",
        organization_id, number, ACCOUNT_ID,
    )  # fmt: skip
    for column, value in columns.items():
        await pool.execute(f"update colomba.phone_numbers set {column} = $1 where id = $2", value, number)


def command(id: str = "1", **data: Any) -> SendMessage:  # noqa: A002 - as in CloudEvents
    lane = data.pop("lane", "priority")
    message = {
        "phone_number_id": PHONE_NUMBER_ID,
        "to": "+393331234567",
        "type": "text",
        "text": {"body": "Your table is ready."},
    }
    if data.get("type", "text") != "text":
        del message["text"]
    return from_data(message | data, source="/tests", id=id, lane=lane)


async def accepted(accept: Accept, *commands: SendMessage) -> list[int]:
    """The ids of commands that must be accepted."""
    results = await accept(commands)
    assert all(isinstance(result, Accepted) for result in results), results
    return [result.message_id for result in results if isinstance(result, Accepted)]


async def queue(pool: Pool) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await pool.fetch("select * from colomba.send_queue order by message_id")
    return rows


async def log(pool: Pool, message_id: int) -> asyncpg.Record:
    row = await pool.fetchrow("select * from colomba.message_log where id = $1", message_id)
    assert row is not None
    return row
