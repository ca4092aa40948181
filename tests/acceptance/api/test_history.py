"""The message history: filters, pages and cursors."""

import time

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api

ROWS = """insert into message_log
          (organization_id, direction, phone_number_id, conversation_id, lead_id, type, status, text, content,
           created_at)
          select $1, case when n % 2 = 0 then 'inbound' else 'outbound' end, $2, n % 3, case when n < 10 then 7 end,
                 case when n % 5 = 0 then 'image' else 'text' end,
                 case when n % 2 = 0 then 'received' else 'sent' end, 'message ' || n, '{}',
                 now() - make_interval(hours => 100 - n)
          from generate_series(1, $3::integer) n"""


async def fill(api: Api, count: int = 50) -> None:
    async with acquired(api.pool) as conn:
        await conn.execute(ROWS, api.organization, NUMBER, count)


async def test_pages_and_cursors_give_every_message_once_newest_first(api: Api):
    await fill(api)
    by_page = [
        row["id"] for page in (1, 2, 3) for row in (await api.get(f"/messages?page={page}&limit=20")).ok()["data"]
    ]
    by_cursor, path = [], "/messages?limit=20"
    while True:
        answer = (await api.get(path)).ok()
        by_cursor += [row["id"] for row in answer["data"]]
        if answer["next"] is None:
            break
        path = f"/messages?limit=20&cursor={answer['next']}"
    assert by_page == by_cursor == list(range(50, 0, -1))
    assert answer["total"] == 50


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("direction=inbound", 25),
        ("status=sent", 25),
        ("type=image", 10),
        ("lead_id=7", 9),
        ("conversation_id=1", 17),
        ("direction=inbound&type=image", 5),
        ("campaign_id=3", 0),
        (f"phone_number_id={NUMBER}", 50),
    ],
)
async def test_a_filter_narrows_list_and_total_alike(api: Api, query, count):
    await fill(api)
    answer = (await api.get(f"/messages?limit=100&{query}")).ok()
    assert (answer["total"], len(answer["data"])) == (count, count)


async def test_a_time_range_is_exact_at_both_ends(api: Api):
    await fill(api)
    async with acquired(api.pool) as conn:
        tenth, twentieth = await conn.fetchval(
            "select array_agg(created_at order by id) from message_log where id in (10, 20)"
        )
    params = {"since": tenth.isoformat(), "until": twentieth.isoformat(), "limit": "100"}
    answer = (await api.get("/messages", params=params)).ok()
    assert [row["id"] for row in answer["data"]] == list(range(19, 9, -1))
    assert answer["total"] == 10


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page=0", "VALIDATION_FAILED"),
        ("limit=101", "VALIDATION_FAILED"),
        ("page=1001", "PAGE_TOO_DEEP"),
        ("cursor=nonsense", "VALIDATION_FAILED"),
        ("cursor=WyJhIl0", "VALIDATION_FAILED"),
        ("status=lost", "VALIDATION_FAILED"),
        ("colour=red", "VALIDATION_FAILED"),
        ("page=1&page=2", "VALIDATION_FAILED"),
        ("type=%00", "VALIDATION_FAILED"),
        ("lead_id=99999999999999999999", "VALIDATION_FAILED"),
    ],
)
async def test_a_query_that_cannot_be_meant_is_refused(api: Api, query, code):
    (await api.get(f"/messages?{query}")).refused(422, code)


async def test_a_total_beyond_ten_thousand_says_that_it_is_not_exact(api: Api):
    await fill(api, 10_050)
    answer = (await api.get("/messages")).ok()
    assert (answer["total"], answer["total_exact"]) == (10_000, False)


async def test_a_day_without_an_offset_is_a_day_in_utc(api: Api, monkeypatch):
    """Wherever the server stands: a naive moment would be read in its own time."""
    monkeypatch.setenv("TZ", "America/Mexico_City")
    time.tzset()
    try:
        async with acquired(api.pool) as conn:
            (await api.post("/messages", {"to": "+393331234567", "type": "text", "text": {"body": "x"}})).ok(202)
            await conn.execute("update message_log set created_at = '2026-11-21T01:00:00Z'")
        for since, total in (("2026-11-21", 1), ("2026-11-21T01:00:01", 0), ("2026-11-21T01:30:00+01:00", 1)):
            assert (await api.get("/messages", params={"since": since})).ok()["total"] == total, since
    finally:
        monkeypatch.undo()
        time.tzset()
