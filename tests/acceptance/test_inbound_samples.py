"""Every kind of webhook we know of, one file each, and the rows it must leave."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sender_service.store.database import open_pool
from tests.databases import Databases, with_database
from tests.webhook_builders import ACCOUNT, AT, NUMBER, Inbound, outbound, payload, register, value

DATA = Path(__file__).parent.parent / "data"
SAMPLES = sorted((DATA / "webhooks").glob("*.json"))
EXAMPLES = json.loads((DATA / "meta" / "openapi" / "webhook-payload.examples.json").read_bytes())
# Each table, and how to find the row a webhook left in the shop it was for.
ROWS = {
    "message_log": "select * from message_log where organization_id = $1 and direction = 'inbound' order by id desc",
    "sent_message": "select * from message_log where organization_id = $1 and attempt = 1",
    "app_message": "select * from message_log where organization_id = $1 and source = 'app'",
    "past_message": "select * from message_log where organization_id = $1 and source = 'history'",
    "contacts": "select * from contacts where organization_id = $1 and merged_into is null order by id desc",
    "set_aside_items": "select * from set_aside_items where coalesce(organization_id, $1) = $1 order by id desc",
} | {
    table: f"select * from {table} where organization_id = $1"
    for table in (
        "conversations", "media_files", "message_status_events", "parked_statuses", "account_events", "templates",
        "phone_numbers", "business_accounts",
    )
}  # fmt: skip


@dataclass
class Left:
    """What a webhook left: the newest row per table, the names of the events, the outcome in the raw log."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    outcome: str = ""


@pytest.fixture(scope="module")
def samples(databases: Databases) -> Iterator[dict[str, Left]]:
    """All samples taken one after the other by an empty shop."""
    name = databases.take()
    yield asyncio.run(_take_all(with_database(databases.server_dsn, name)))
    databases.give_back(name)


async def _take_all(dsn: str) -> dict[str, Left]:
    webhooks = {path.stem: json.loads(path.read_bytes())["webhook"] for path in SAMPLES}
    async with open_pool(dsn, max_size=2) as pool:
        return {name: await _take(pool, name, webhook, n) for n, (name, webhook) in enumerate(webhooks.items())}


async def _take(pool: Any, name: str, webhook: dict[str, Any], n: int) -> Left:
    """What a webhook leaves in a shop of its own."""
    number, account = f"number-{n}", f"account-{n}"
    organization = await register(pool, number=number, account=account)
    await outbound(pool, organization, number=number, wamid=f"wamid.status.{name.removeprefix('status_')}")
    async with pool.acquire() as conn:
        await conn.execute(
            "insert into templates (organization_id, business_account_id, name, language, status, synced_at)"
            " values ($1, $2, 'order_update', 'en_US', 'PENDING', now())",
            organization,
            account,
        )
    inbound = Inbound(pool)
    await inbound.take(_readdressed(webhook, number, account))
    outcome = await inbound.value("select outcome from webhook_log order by processed_at desc limit 1")
    left = Left(told=inbound.names(), outcome=outcome)
    for table, query in ROWS.items():
        if rows := await inbound.rows(query, organization):
            left.rows[table] = rows[0]
    return left


def _readdressed(webhook: dict[str, Any], number: str, account: str) -> dict[str, Any]:
    """The same webhook for another shop."""
    text = json.dumps(webhook).replace(f'"phone_number_id": "{NUMBER}"', f'"phone_number_id": "{number}"')
    readdressed: dict[str, Any] = json.loads(text.replace(ACCOUNT, account))
    return readdressed


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_a_webhook_leaves_its_row(samples, path):
    left = samples[path.stem]
    wanted = json.loads(path.read_bytes())["leaves"]
    found = {table: {column: _plain(left.rows.get(table, {}).get(column)) for column in row}
             for table, row in wanted.items() if table != "told"}  # fmt: skip
    assert found == {table: row for table, row in wanted.items() if table != "told"}
    assert left.told == wanted.get("told", left.told)
    assert left.outcome == ("set_aside" if "set_aside_items" in wanted else "processed")


@pytest.mark.parametrize(
    "path", [path for path in SAMPLES if path.stem.startswith("message_")], ids=lambda path: path.stem
)
def test_a_message_keeps_its_raw_object_and_becomes_a_note(samples, path):
    sent = json.loads(path.read_bytes())["webhook"]["entry"][0]["changes"][0]["value"]["messages"][0]
    row = samples[path.stem].rows["message_log"]
    assert row["content"] == json.loads(json.dumps(sent).replace("\\u0000", "\\ufffd"))
    assert "message.received" in samples[path.stem].told


async def test_metas_own_examples_are_taken_without_loss(pool):
    for n, (name, example) in enumerate(EXAMPLES.items()):
        organization = await register(pool, number=f"number-{n}", account=f"account-{n}")
        inbound = Inbound(pool)
        await inbound.take(_readdressed(example, f"number-{n}", f"account-{n}"))

        items = [item for entry in example["entry"] for change in entry["changes"]
                 for kind in ("messages", "statuses", "groups") for item in change["value"].get(kind, ())]  # fmt: skip
        kept = await inbound.rows(
            "select content from message_log where organization_id = $1"
            " union all select raw from account_events where organization_id = $1",
            organization,
        )
        assert items, name
        for item in items:
            assert any(item == row["content"] or item in row["content"].get("groups", ()) for row in kept), name


@pytest.mark.parametrize(
    ("language", "text"), [("en", "[Document: a.pdf]"), ("it", "[Documento: a.pdf]"), ("es", "[Documento: a.pdf]")]
)
async def test_a_message_without_text_is_shown_in_the_organizations_language(pool, language, text):
    await register(pool, language=language)
    inbound = Inbound(pool)
    item = {"id": "wamid.d", "from": "39333", "timestamp": str(AT), "type": "document",
            "document": {"id": "1", "filename": "a.pdf"}}  # fmt: skip
    await inbound.take(payload(value([item], contacts=[])))

    for query in (
        "select text from message_log",
        "select text from lead_notes",
        "select last_message_text from conversations",
    ):
        assert await inbound.value(query) == text


def _plain(found: Any) -> Any:
    return int(found.timestamp()) if isinstance(found, datetime) else found
