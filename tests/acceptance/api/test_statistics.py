"""Statistics over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from sender_service.api.figures import COUNTERS
from sender_service.roles.count import Counting
from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api

ROWS = """insert into message_log
              (organization_id, direction, phone_number_id, campaign_id, type, status, template, content, created_at,
               sent_at, delivered_at, read_at, error_code, pricing)
          select $1, case when n % 10 = 0 then 'inbound' else 'outbound' end, $2, case when n % 2 = 0 then 7 end,
                 'template', case when n % 10 = 0 then 'received' when n % 10 = 1 then 'failed'
                                  when n % 10 < 5 then 'delivered' else 'read' end,
                 case when n % 2 = 0 then 'hola' end, '{}', $3::timestamptz + n * interval '1 minute',
                 case when n % 10 > 1 then $3::timestamptz + n * interval '1 minute' + interval '150 milliseconds' end,
                 case when n % 10 > 1 then $3::timestamptz + n * interval '1 minute' + interval '3 seconds' end,
                 case when n % 10 > 4 then $3::timestamptz + n * interval '1 minute' + interval '9 seconds' end,
                 case when n % 10 = 1 then 131026 end,
                 case when n % 10 > 1 then jsonb_build_object('category', 'utility') end
          from generate_series(0, 179) n"""
START = datetime(2026, 3, 1, 22, tzinfo=UTC)
RANGE = "since=2026-03-01T22:00:00Z&until=2026-03-02T01:00:00Z"


@pytest.fixture
async def filled(api: Api) -> Api:
    """Three hours across midnight, sixty messages each."""
    async with acquired(api.pool) as conn:
        await conn.execute(ROWS, api.organization, NUMBER, START)
    return api


@pytest.mark.parametrize("counted", [False, True])
async def test_figures_are_the_same_before_and_after_the_hours_are_counted(filled: Api, counted):
    if counted:
        while await Counting(filled.pool).count_new():
            pass
    answer = (await filled.as_("SELLER").get(f"/stats?{RANGE}")).ok()
    figures = answer["total"]
    assert answer["data"] == [figures]
    assert {name: figures[name] for name in COUNTERS} == {
        "received": 18, "messages": 162, "sent": 144, "delivered": 144, "read": 90, "failed": 18, "unknown": 0,
    }  # fmt: skip
    assert figures["failed_by_code"] == {"131026": 18}
    assert figures["categories"] == {"utility": 144}
    assert (figures["delivery_rate"], figures["read_rate"]) == (1.0, 0.625)
    assert figures["sending_seconds"] == {"p50": 0.2, "p95": 0.2, "p99": 0.2}
    assert figures["delivery_seconds"]["p50"] == 5


async def test_figures_are_told_apart(filled: Api):
    by_hour = (await filled.get(f"/stats?{RANGE}&group_by=hour")).ok()["data"]
    assert [(row["period"], row["messages"]) for row in by_hour] == [
        ("2026-03-01T22:00:00Z", 54), ("2026-03-01T23:00:00Z", 54), ("2026-03-02T00:00:00Z", 54),
    ]  # fmt: skip
    by_day = (await filled.get(f"/stats?{RANGE}&group_by=day,campaign")).ok()["data"]
    assert [(row["period"][:10], row["campaign_id"], row["messages"]) for row in by_day] == [
        ("2026-03-01", None, 60), ("2026-03-01", 7, 48), ("2026-03-02", None, 30), ("2026-03-02", 7, 24),
    ]  # fmt: skip
    narrowed = (await filled.get(f"/stats?{RANGE}&group_by=template,number&campaign_id=7")).ok()["data"]
    assert [(row["template"], row["phone_number_id"], row["messages"]) for row in narrowed] == [("hola", NUMBER, 72)]


async def test_what_was_sent_a_moment_ago_is_in_the_figures(api: Api):
    message = {"to": "+393331234567", "type": "text", "text": {"body": "now"}}
    (await api.post("/messages", message)).ok(202)
    assert (await api.get("/stats")).ok()["total"]["messages"] == 1


async def test_another_organization_has_its_own_figures(filled: Api):
    await Counting(filled.pool).count_new()
    assert (await filled.as_("OTHER").get(f"/stats?{RANGE}")).ok()["total"]["messages"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("group_by=hour,day", "group_by"),
        ("group_by=colour", "group_by.0"),
        ("since=2026-03-01T00:00:00Z&until=2026-02-01T00:00:00Z", "until"),
        ("since=2024-01-01T00:00:00Z&until=2026-02-01T00:00:00Z", "since"),
        ("since=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z&group_by=hour", "since"),
        ("since=2026-01-01T00:00:00", "since"),
        ("since=0001-01-01T00:00:00Z", "since"),
        ("campaign_id=0", "campaign_id"),
    ],
)
async def test_a_question_that_cannot_be_answered_names_the_field(api: Api, query, field):
    problem = (await api.get(f"/stats?{query}")).refused(422, "VALIDATION_FAILED")
    assert problem["errors"][0]["field"] == field


async def test_the_present_hour_counts_whole(api: Api):
    async with acquired(api.pool) as conn:
        await conn.execute(ROWS, api.organization, NUMBER, datetime.now(UTC) - timedelta(minutes=200))
    while await Counting(api.pool).count_new():
        pass
    assert (await api.get("/stats")).ok()["total"]["messages"] == 162


@pytest.mark.parametrize("counted", [False, True])
async def test_a_tick_on_what_the_customer_said_is_no_message(filled: Api, counted):
    """It is sent and never delivered: counted, it would make every delivery rate too low."""
    async with acquired(filled.pool) as conn:
        await conn.execute(
            "insert into message_log"
            " (organization_id, direction, phone_number_id, type, status, content, created_at, sent_at)"
            " values ($1, 'outbound', $2, 'mark_read', 'sent', '{}', $3, $3)",
            filled.organization, NUMBER, START + timedelta(minutes=5),
        )  # fmt: skip
    if counted:
        while await Counting(filled.pool).count_new():
            pass
    total = (await filled.get(f"/stats?{RANGE}")).ok()["total"]
    assert (total["messages"], total["sent"], total["delivery_rate"]) == (162, 144, 1.0)
