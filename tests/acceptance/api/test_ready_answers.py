"""What goes out as its query made it is exactly what the model of its route would have written."""

import orjson
import pytest
from pydantic import TypeAdapter

from sender_service.api.routes import ROUTES
from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api
from tests.acceptance.api.things import made

READY = {
    "/messages",
    "/messages/{id}",
    "/conversations",
    "/conversations/{id}/messages",
    "/contacts",
    "/leads",
}
FULL = """
    update message_log
    set status = 'failed', external_id = 'wamid.1', lead_id = $2, campaign_id = 7, template = 't',
        metadata = '{"a": "è"}', error_code = 131026, error_message = 'no', warning = 'w',
        pricing = '{"category": "marketing"}',
        sent_at = '2026-01-02T03:04:05Z', delivered_at = '2026-01-02T03:04:05.678901Z', read_at = now(),
        failed_at = now()
    where id = $1"""
MORE = """
    insert into message_log (organization_id, direction, phone_number_id, conversation_id, contact_id, type, status,
                             text, content, error_message)
    select organization_id, 'inbound', $2, conversation_id, contact_id, 'image', 'received', E'line\\n"two" \\u20ac',
           '{"x": [1, null]}', 'only words'
    from message_log where id = $1 returning id"""
BESIDE = """
    insert into media_files (organization_id, message_id, phone_number_id, direction, type, mime_type, size, status)
    select organization_id, id, $2, 'inbound', 'image', 'image/jpeg', 3, 'stored' from message_log where id = $1"""
REPORTED = """
    insert into message_status_events (organization_id, at, message_id, attempt, status, error_code)
    values ($1, now(), $2, 1, 'sent', null), ($1, now(), $2, 1, 'failed', 131026)"""
CALLED = """
    insert into message_attempts
        (organization_id, message_id, attempt, outcome, request, answer, started_at, finished_at)
    values ($1, $2, 1, 'sent', '{"to": "x"}', null, now(), now())"""


@pytest.mark.parametrize("path", sorted(READY))
async def test_a_ready_answer_is_what_its_model_says(api: Api, path):
    things = await made(api)
    message, lead = things["messages"], things["leads"]
    async with acquired(api.pool) as conn:
        await conn.execute(FULL, message, lead)
        picture = await conn.fetchval(MORE, message, NUMBER)
        await conn.execute(BESIDE, picture, NUMBER)
        await conn.execute(REPORTED, api.organization, message)
        await conn.execute(CALLED, api.organization, message)
        await conn.execute("update contacts set tags = '{vip,new}', marketing_opted_out_at = now()")
        await conn.execute("update conversations set window_expires_at = now(), unread_count = 2")
    route = next(route for route in ROUTES if (route.method, route.path) == ("GET", path))
    noun = path.split("/")[1]
    answer = (await api.get(path.replace("{id}", str(things[noun])))).ok()
    model = TypeAdapter(route.answer)
    written = model.dump_json(model.validate_json(orjson.dumps(answer)), by_alias=True)
    assert orjson.loads(written) == answer
    assert answer["data"] if "data" in answer else answer["timeline"]
