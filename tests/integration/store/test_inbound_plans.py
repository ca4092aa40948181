"""The statements of every batch touch only the rows they are about, also under a plan made once for all."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from sender_service.store.database import acquired, load
from tests.webhook_builders import Inbound, payload, register, status, text_message, value

PEOPLE = 1_000
# What a transaction of the inbound story sets first.
SETTINGS = ("set local plan_cache_mode = force_generic_plan", "set local enable_seqscan = off")
KEYS = ([1], [1])
HOT = [
    ("contacts", "find", ([1], ["393330000007"], [1], ["IT.a"])),
    ("contacts", "lock", KEYS),
    ("inbound_messages", "claim", ([1], ["wamid"])),
    ("contacts", "call", ([1], [1], ["name"], [datetime(2026, 11, 20, tzinfo=UTC)])),
    ("past_messages", "give_way", ([1], ["wamid"])),
    (
        "past_messages",
        "retell",
        ([1], ["wamid"], ["image"], ["text"], ["{}"], ["read"], [None], [None], "media_placeholder", ["sent", "read"]),
    ),
    ("leads", "link", ([1], [1_000_000], ["393330000007"], ["name"], [1])),
    ("leads", "links", KEYS),
    ("statuses", "match", ([1], ["wamid"])),
    ("statuses", "settle_sending", ([1], [1], [1], [True])),
    ("statuses", "settle_unknown", ([1], [1], [1], [True])),
    ("statuses", "lock", KEYS),
    ("claims", "numbers", (["1"],)),
    ("claims", "accounts", (["1"],)),
    ("conversations", "rename", ([1], [1], ["subject"])),
    ("media", "take", (4,)),
]


@pytest.mark.parametrize(("noun", "name", "arguments"), HOT, ids=lambda part: part if isinstance(part, str) else "")
async def test_a_hot_statement_touches_only_its_own_rows(pool, noun, name, arguments):
    await register(pool)
    people = [text_message(**{"from": f"39333{n:07d}"}) for n in range(PEOPLE)]
    await Inbound(pool).take(payload(value(people, [status(f"w{n}", "sent") for n in range(PEOPLE)], contacts=[])))
    async with acquired(pool) as conn, conn.transaction():
        for setting in SETTINGS:
            await conn.execute(setting)
        text = await conn.fetchval(f"explain (analyze, format json) {load(noun)[name]}", *arguments)
    plan = orjson.loads(text)[0]["Plan"]
    assert max(_touched(node) for node in _nodes(plan)) < PEOPLE / 20, orjson.dumps(plan).decode()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _touched(node: dict[str, Any]) -> float:
    """Rows a step of the plan looked at, whether it gave them on or not."""
    looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
    touched: float = looked_at * node["Actual Loops"]
    return touched
