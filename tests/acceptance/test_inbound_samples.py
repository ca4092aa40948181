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
from tests.webhook_builders import AT, Inbound, outbound, payload, register, value

DATA = Path(__file__).parent.parent / "data"
SAMPLES = sorted((DATA / "webhooks").glob("*.json"))
EXAMPLES = json.loads((DATA / "meta" / "openapi" / "webhook-payload.examples.json").read_bytes())
# Each table, how to find the row a webhook left, and what to sort by: the last one counts.
ROWS = {
    "message_log": "select * from message_log where direction = 'inbound' order by id desc",
    "sent_message": "select * from message_log where direction = 'outbound'",
    "conversations": "select * from conversations order by id desc",
    "contacts": "select * from contacts where merged_into is null order by id desc",
    "media_files": "select * from media_files",
    "message_status_events": "select * from message_status_events",
    "parked_statuses": "select * from parked_statuses",
    "account_events": "select * from account_events",
    "set_aside_items": "select * from set_aside_items",
    "templates": "select * from templates",
    "phone_numbers": "select * from phone_numbers",
    "business_accounts": "select * from business_accounts",
}
EMPTIED = (
    "message_log, conversations, contacts, contact_aliases, leads, lead_links, lead_notes, media_files, templates,"
    " message_status_events, parked_statuses, account_events, set_aside_items, phone_numbers, business_accounts,"
    " wamids, webhook_log, outbox, pipelines, stages, organizations"
)


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
    async with open_pool(dsn, max_size=2) as pool:
        return {path.stem: await _take(pool, json.loads(path.read_bytes())["webhook"], path.stem) for path in SAMPLES}


async def _take(pool: Any, webhook: dict[str, Any], name: str) -> Left:
    async with pool.acquire() as conn:
        await conn.execute(f"truncate {EMPTIED} restart identity cascade")
    organization = await register(pool)
    await outbound(pool, organization, wamid=f"wamid.status.{name.removeprefix('status_')}")
    async with pool.acquire() as conn:
        await conn.execute(
            "insert into templates (organization_id, business_account_id, name, language, status, synced_at)"
            " values ($1, '102290129340398', 'order_update', 'en_US', 'PENDING', now())",
            organization,
        )
    inbound = Inbound(pool)
    await inbound.take(webhook)
    left = Left(told=inbound.names(), outcome=await inbound.value("select outcome from webhook_log"))
    for table, query in ROWS.items():
        if rows := await inbound.rows(query):
            left.rows[table] = rows[0]
    return left


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


@pytest.mark.parametrize("name", EXAMPLES)
async def test_metas_own_examples_are_taken_without_loss(pool, name):
    await register(pool)
    inbound = Inbound(pool)
    await inbound.take(EXAMPLES[name])

    items = [item for entry in EXAMPLES[name]["entry"] for change in entry["changes"]
             for kind in ("messages", "statuses", "groups") for item in change["value"].get(kind, ())]  # fmt: skip
    assert items
    kept = await inbound.rows("select content from message_log union all select raw from account_events")
    assert await inbound.value("select outcome from webhook_log") == "processed"
    for item in items:
        assert any(item == row["content"] or item in row["content"].get("groups", ()) for row in kept)


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
