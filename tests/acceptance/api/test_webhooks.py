"""Raw webhooks over HTTP: listed, and replayed through the same queue."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import orjson
import pytest

from sender_service.inbound.handler import InboundHandler
from sender_service.store.database import acquired
from shared.contracts.webhook import RawWebhook
from shared.messaging.consumer import Consumer
from shared.messaging.topology import SENDER_WEBHOOKS
from tests.acceptance.api.conftest import ACCOUNT, NUMBER, Api
from tests.waiting import until

START = datetime(2026, 11, 1, tzinfo=UTC)


def meta_body(wamid: str) -> bytes:
    message = {"from": "393331234567", "id": wamid, "timestamp": "1793491200", "type": "text", "text": {"body": "ciao"}}
    metadata = {"display_phone_number": "390612345678", "phone_number_id": NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": [message]}
    entry = {"id": ACCOUNT, "changes": [{"field": "messages", "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


async def keep(api: Api, count: int = 3, outcome: str = "processed", organization: int | None = None) -> None:
    async with acquired(api.pool) as conn:
        for number in range(count):
            body = meta_body(f"wamid.{outcome}{number}")
            await conn.execute(
                """insert into webhook_log (received_at, id, organization_id, phone_number_id, sha256, body, outcome)
                   values ($1, $2, $3, $4, $5, $6, $7)""",
                START + timedelta(hours=number), uuid4(), organization or api.organization, NUMBER,
                sha256(body).digest(), body, outcome,
            )  # fmt: skip


async def test_webhooks_are_listed_newest_first_without_their_bodies(api: Api):
    await keep(api)
    page = (await api.as_("MANAGER").get("/webhooks?limit=2")).ok()
    assert page["total"] == 3
    assert [row["received_at"] for row in page["data"]] == ["2026-11-01T02:00:00Z", "2026-11-01T01:00:00Z"]
    assert "body" not in page["data"][0]
    rest = (await api.get(f"/webhooks?limit=2&cursor={page['next']}")).ok()
    assert [row["received_at"] for row in rest["data"]] == ["2026-11-01T00:00:00Z"]
    assert rest["next"] is None


async def test_webhooks_are_narrowed(api: Api):
    await keep(api)
    await keep(api, 2, "malformed")
    assert (await api.get("/webhooks?outcome=malformed")).ok()["total"] == 2
    later = (await api.get("/webhooks?since=2026-11-01T01:00:00Z&until=2026-11-01T02:00:00Z")).ok()
    assert later["total"] == 2
    assert (await api.get("/webhooks?phone_number_id=1")).ok()["total"] == 0


async def test_a_replayed_webhook_is_recorded_once_by_the_same_path(api: Api):
    await keep(api, 1, "set_aside")
    [webhook] = (await api.get("/webhooks")).ok()["data"]
    named = {"webhooks": [{"id": webhook["id"], "received_at": webhook["received_at"]}]}
    assert (await api.post("/webhooks/replay", named | {"dry_run": True})).ok()["replayed"] == []
    for _ in range(2):
        answer = (await api.post("/webhooks/replay", named)).ok()
        assert answer["replayed"] == answer["selected"] == [webhook["id"]]
    stopping = asyncio.Event()
    handler = InboundHandler(api.pool, api.runtime.relay, "installation", lambda _numbers: None)
    seen: list[RawWebhook] = []

    async def handle(deliveries):
        seen.extend(RawWebhook.from_delivery(delivery) for delivery in deliveries)
        return await handler(deliveries)

    consumer = Consumer(api.runtime.amqp_url, SENDER_WEBHOOKS, handle, api.runtime.publisher)
    task = asyncio.create_task(consumer.run(stopping))
    await until(lambda: len(seen) == 2)
    stopping.set()
    await task
    assert [one.sha256 for one in seen] == [sha256(meta_body("wamid.set_aside0")).hexdigest()] * 2
    assert (await api.get("/messages")).ok()["total"] == 1
    [after] = (await api.get("/webhooks")).ok()["data"]
    assert (after["id"], after["outcome"]) == (webhook["id"], "processed")
    deeds = (await api.get("/audit-log?action=webhooks.replayed")).ok()["data"]
    assert [deed["details"] for deed in deeds] == [{"replayed": 1, "failed": 0}] * 2


async def test_a_filter_selects_the_oldest_up_to_the_limit(api: Api):
    await keep(api, 3, "malformed")
    chosen = {"outcome": "malformed", "limit": 2, "dry_run": True}
    selected = (await api.post("/webhooks/replay", chosen)).ok()["selected"]
    oldest = [row["id"] for row in (await api.get("/webhooks")).ok()["data"]][:0:-1]
    assert selected == oldest


@pytest.mark.parametrize("body", [{}, {"limit": 5}, {"webhooks": []}, {"webhooks": [{"id": "x", "received_at": "y"}]}])
async def test_an_empty_choice_replays_nothing(api: Api, body):
    (await api.post("/webhooks/replay", body)).refused(422, "VALIDATION_FAILED")


async def test_webhooks_of_another_organization_are_neither_seen_nor_replayed(api: Api):
    await keep(api, 1)
    [webhook] = (await api.get("/webhooks")).ok()["data"]
    other = api.as_("OTHER")
    assert (await other.get("/webhooks")).ok()["total"] == 0
    named = {"webhooks": [{"id": webhook["id"], "received_at": webhook["received_at"]}]}
    assert (await other.post("/webhooks/replay", named)).ok()["selected"] == []
    (await api.as_("SELLER").get("/webhooks")).refused(403, "FORBIDDEN")


async def test_many_webhooks_are_replayed_a_few_at_a_time(api: Api, monkeypatch):
    """A thousand of 4 MiB each would not fit into memory."""
    await keep(api, 45, "malformed")
    shares: list[int] = []
    publish = api.runtime.publisher.publish_all

    async def counted(outgoing):
        shares.append(len(outgoing))
        return await publish(outgoing)

    monkeypatch.setattr(api.runtime.publisher, "publish_all", counted)
    answer = (await api.post("/webhooks/replay", {"outcome": "malformed"})).ok()
    assert len(answer["replayed"]) == len(set(answer["replayed"])) == 45
    assert answer["failed"] == []
    assert shares == [20, 20, 5]
