"""The lists that people wait for read by an index in its order, and never sort or scan a whole table."""

import pytest

from sender_service.store.database import queries
from sender_service.store.history import Filters
from sender_service.store.inbox import InboxFilters
from sender_service.store.tenancy import acting

FILL = """
    insert into organizations (name) values ('one');
    insert into contacts (organization_id, phone) select 1, n::text from generate_series(1, 20000) n;
    insert into conversations (organization_id, phone_number_id, contact_id, subject, last_message_at)
        select 1, 'n', n, 's', now() - make_interval(secs => n) from generate_series(1, 20000) n;
    insert into message_log
        (organization_id, direction, phone_number_id, conversation_id, type, status, text, content)
        select 1, 'inbound', 'n', 1 + n % 20000, 'text',
               case when n % 10 = 0 then 'failed' else 'received' end, 'word' || n, '{}'
        from generate_series(1, 40000) n;
    analyze contacts; analyze conversations; analyze message_log;
"""


async def plan(pool, query: str, *arguments: object) -> str:
    async with acting(pool, 1) as conn:
        return "\n".join(row[0] for row in await conn.fetch(f"explain (costs off) {query}", *arguments))


@pytest.fixture
async def filled(pool):
    async with pool.acquire() as conn:
        await conn.execute(FILL)
    return pool


@pytest.mark.parametrize("filters", [Filters(), Filters(direction="inbound"), Filters(status="failed")])
async def test_the_history_is_read_backwards_by_its_key(filled, filters):
    text = await plan(filled, queries("history").page, 1, None, *filters.arguments(), 50, 0)
    assert "Index Scan Backward using message_log_pkey" in text
    assert "Sort Key: log.id" not in text
    assert "Seq Scan on message_log" not in text


async def test_a_conversation_is_read_by_its_own_index(filled):
    filters = Filters(conversation_id=7)
    text = await plan(filled, queries("history").page, 1, None, *filters.arguments(), 50, 0)
    assert "message_log_conversation" in text
    assert "Seq Scan on message_log" not in text


@pytest.mark.parametrize("filters", [InboxFilters(), InboxFilters(status="pending"), InboxFilters(unassigned=True)])
async def test_the_inbox_is_read_in_the_order_of_its_index(filled, filters):
    text = await plan(filled, queries("inbox").page, 1, None, None, *filters.arguments(), 50, 0)
    assert "conversations_recent" in text
    assert "Seq Scan on conversations" not in text


async def test_a_status_update_stays_in_its_page(filled):
    """The columns that change are in no index."""
    async with filled.acquire() as conn:
        await conn.execute("update message_log set status = 'read', read_at = now() where id % 10 = 0")
        await conn.execute("select pg_stat_force_next_flush()")
        row = await conn.fetchrow(
            "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'message_log'"
        )
    assert row["n_tup_upd"] == 4000
    assert row["n_tup_hot_upd"] > 3600
