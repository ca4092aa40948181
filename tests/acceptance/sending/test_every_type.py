"""Every golden command, accepted and sent: the bytes that reach Meta are the golden bodies."""

from pathlib import Path
from typing import Any

import orjson

from shared.contracts.send_message import SendMessage, decode
from tests.integration.store.sending.grounds import organization
from tests.waiting import until

GOLDEN = sorted((Path(__file__).parents[2] / "data/contracts/send_message").glob("*.json"))
CONTACTS = next(path for path in GOLDEN if path.stem == "contacts")


def to_its_own_person(sample: dict[str, Any], place: int) -> tuple[SendMessage, dict[str, Any]]:
    """Command and body to somebody else each time, so that nobody waits for the pace of a pair."""
    command, body = sample["command"], sample["body"]
    if body.get("recipient_type") == "individual" and "to" in body:
        command["data"]["to"] = f"+52 998 316 {2000 + place}"
        body["to"] = f"+52998316{2000 + place}"
    return decode(orjson.dumps(command)), body


async def test_golden_commands_reach_meta_as_their_golden_bodies(pool, start, meta):
    await organization(pool)
    samples = [to_its_own_person(orjson.loads(path.read_bytes()), place) for place, path in enumerate(GOLDEN)]
    accepted = await start().accept([command for command, _ in samples])
    assert {one.status for one in accepted} == {"queued"}
    await until(lambda: len(meta.requests) == len(samples), 15)
    installation = await pool.fetchval("select token from colomba.installation")
    expected = []
    for one, (_, body) in zip(accepted, samples, strict=True):
        attempt = {"biz_opaque_callback_data": f"{installation}.{one.message_id}.1"}
        expected.append(body | attempt if "biz_opaque_callback_data" in body else body)
    logged = await pool.fetch("select id, content from colomba.message_log where type = 'contacts'")
    assert [row["content"] for row in logged] == [orjson.loads(CONTACTS.read_bytes())["command"]["data"]["contacts"]]
    arrived = [request.body for request in meta.requests]
    assert sorted(arrived, key=_written) == sorted(expected, key=_written)


async def test_an_unknown_type_is_logged_with_its_warning(pool, start):
    await organization(pool)
    sample = orjson.loads(next(path for path in GOLDEN if path.stem == "unknown_type").read_bytes())
    [accepted] = await start().accept([decode(orjson.dumps(sample["command"]))])
    warning = await pool.fetchval("select warning from colomba.message_log where id = $1", accepted.message_id)
    assert warning == "type pin is not known here and goes to Meta as it is"


def _written(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
