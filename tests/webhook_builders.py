"""Webhooks as Meta sends them, valid by default, and what surrounds a test of the inbound story."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sender_service.inbound.handler import InboundHandler
from sender_service.store.database import Pool, acquired
from shared.contracts.events import DomainEvent
from shared.contracts.webhook import RawWebhook
from shared.messaging.delivery import Delivery

NUMBER = "106540352242922"
ACCOUNT = "102290129340398"
CUSTOMER = "393331234567"
INSTALLATION = "testtoken"
AT = 1_760_000_000

_wamids = count(1)


def text_message(body: str = "Hello", **changes: Any) -> dict[str, Any]:
    item = {
        "from": CUSTOMER,
        "id": f"wamid.in{next(_wamids)}",
        "timestamp": str(AT),
        "type": "text",
        "text": {"body": body},
    }
    return item | changes


def status(wamid: str, name: str, at: int = AT, **changes: Any) -> dict[str, Any]:
    return {"id": wamid, "status": name, "timestamp": str(at), "recipient_id": CUSTOMER} | changes


def value(
    messages: Sequence[Any] = (),
    statuses: Sequence[Any] = (),
    *,
    number: str = NUMBER,
    contacts: Sequence[Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
    }
    if contacts is None and messages:
        contacts = [{"wa_id": CUSTOMER, "profile": {"name": "Anna Bianchi"}}]
    if contacts:
        made["contacts"] = list(contacts)
    if messages:
        made["messages"] = list(messages)
    if statuses:
        made["statuses"] = list(statuses)
    return made | more


def payload(*values: dict[str, Any], field: str = "messages", account: str = ACCOUNT, **entry: Any) -> dict[str, Any]:
    changes = [{"field": field, "value": one} for one in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": account, "changes": changes} | entry]}


def raw(
    body: bytes | dict[str, Any], *, identifier: UUID | None = None, at: int = AT, traceparent: str | None = None
) -> RawWebhook:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawWebhook(
        received_at=datetime.fromtimestamp(at, UTC),
        app="",
        sha256=sha256(data).hexdigest(),
        traceparent=traceparent,
        body=data,
        message_id=str(identifier or uuid4()),
    )


def delivery(body: bytes | dict[str, Any], **options: Any) -> Delivery:
    webhook = raw(body, **options)
    return Delivery(webhook.body, message_id=webhook.message_id, headers=webhook.headers(), queue="sender.webhooks")


class Inbound:
    """The inbound story on a database, with what it told and woke."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.told: list[DomainEvent] = []
        self.woken: set[str] = set()
        self.handler = InboundHandler(pool, self._tell, INSTALLATION, self.woken.update)

    def _tell(self, _outbox_id: int, events: Sequence[DomainEvent]) -> None:
        self.told += events

    async def take(self, *bodies: bytes | dict[str, Any]) -> None:
        """One batch of webhooks."""
        refused = await self.handler([delivery(body) for body in bodies])
        assert not refused

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with acquired(self.pool) as conn:
            return [dict(row) for row in await conn.fetch(query, *arguments)]

    async def row(self, query: str, *arguments: Any) -> dict[str, Any]:
        rows = await self.rows(query, *arguments)
        assert len(rows) == 1, rows
        return rows[0]

    async def value(self, query: str, *arguments: Any) -> Any:
        async with acquired(self.pool) as conn:
            return await conn.fetchval(query, *arguments)

    def names(self) -> list[str]:
        return [event.name for event in self.told]


async def register(pool: Pool, *, number: str = NUMBER, account: str = ACCOUNT, language: str = "en") -> int:
    """An organization with a pipeline of two stages, a business account and a number."""
    async with acquired(pool) as conn:
        organization: int = await conn.fetchval(
            "insert into organizations (name, language) values ($1, $2) returning id", f"Shop {number}", language
        )
        pipeline = await conn.fetchval(
            "insert into pipelines (organization_id, name, is_default) values ($1, 'Sales', true) returning id",
            organization,
        )
        await conn.execute(
            "insert into stages (organization_id, pipeline_id, name, position)"
            " values ($1, $2, 'Won', 2), ($1, $2, 'New', 1)",
            organization,
            pipeline,
        )
        await conn.execute("insert into business_accounts (organization_id, id) values ($1, $2)", organization, account)
        await conn.execute(
            "insert into phone_numbers (organization_id, id, business_account_id, digits, display_phone_number)"
            " values ($1, $2, $3, '15550783881', '+1 555 078 3881')",
            organization, number, account,
        )  # fmt: skip
        return organization


async def outbound(
    pool: Pool,
    organization: int,
    *,
    status: str = "sent",
    wamid: str | None = None,
    number: str = NUMBER,
    **more: Any,
) -> int:
    """A message of ours in the log, and Meta's id of it when it is known."""
    columns: dict[str, Any] = {
        "organization_id": organization, "direction": "outbound", "phone_number_id": number, "type": "text",
        "status": status, "attempt": 1, "external_id": wamid, "text": "Hi", "content": {},
    } | more  # fmt: skip
    names = ", ".join(columns)
    places = ", ".join(f"${index}" for index in range(1, len(columns) + 1))
    async with acquired(pool) as conn:
        message_id: int = await conn.fetchval(
            f"insert into message_log ({names}) values ({places}) returning id", *columns.values()
        )
        if wamid is not None:
            await conn.execute(
                "insert into wamids (organization_id, wamid, message_id, attempt) values ($1, $2, $3, $4)",
                organization, wamid, message_id, columns["attempt"],
            )  # fmt: skip
        for attempt in range(1, columns["attempt"] + 1):
            await conn.execute(
                "insert into message_attempts (organization_id, started_at, message_id, attempt, outcome, wamid)"
                " values ($1, now(), $2, $3, $4, $5)",
                organization, message_id, attempt, status if attempt == columns["attempt"] else "unknown",
                wamid if attempt == columns["attempt"] else None,
            )  # fmt: skip
    return message_id


def names_of(events: Iterable[DomainEvent]) -> list[str]:
    return [event.name for event in events]
