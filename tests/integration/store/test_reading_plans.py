"""The lists that people wait for read by an index in its order, and never sort or scan a whole table."""

import orjson
import pytest

from sender_service.store import address_book, history, inbox, search
from sender_service.store.address_book import ContactFilters
from sender_service.store.database import Connection, queries
from sender_service.store.history import Filters
from sender_service.store.inbox import InboxFilters
from sender_service.store.tenancy import acting

FILL = """
    insert into organizations (name) values ('one'), ('two');
    insert into contacts (organization_id, phone, profile_name, tags, pinned)
        select 1, n::text, 'Ada' || n % 200, case when n % 100 = 0 then array['vip'] else '{}' end, n % 500 = 0
        from generate_series(1, 10000) n;
    insert into conversations (organization_id, phone_number_id, contact_id, subject, last_message_at, status,
                               unread_count, assigned_to_id)
        select 1, 'n' || n % 4, n, 's', now() - make_interval(secs => n),
               case when n % 2 = 0 then 'active' else 'pending' end,
               case when n % 50 = 0 then 1 else 0 end, case when n % 3 = 0 then n % 20 end
        from generate_series(1, 10000) n;
    insert into message_log
        (organization_id, direction, phone_number_id, conversation_id, lead_id, campaign_id, type, status, text,
         content, created_at)
        select 1, case when n % 3 = 0 then 'inbound' else 'outbound' end, 'n' || n % 4, 1 + n % 10000, 1 + n % 10000,
               case when n % 2 = 0 then n % 100 end,
               case when n % 1000 = 0 then 'sticker' when n % 30 = 0 then 'image' else 'text' end,
               case when n % 250 = 1 then 'failed' when n % 2500 = 2 then 'unknown' else 'read' end,
               'everywhere word' || n, '{}', now() - make_interval(mins => 30000 - n)
        from generate_series(1, 30000) n;
    insert into send_queue (organization_id, message_id, phone_number_id, lane, recipient, state, ready, request)
        select 1, id, phone_number_id, 'bulk', '39' || id,
               case when id % 2 = 0 then 'queued' else 'scheduled' end, true, '{}'
        from message_log where id > 29500 and direction = 'outbound';
"""
BROAD = [
    Filters(direction="inbound"),
    Filters(direction="inbound", type="image"),
    Filters(type="sticker"),
    Filters(type="contacts"),
    Filters(phone_number_id="n1"),
    Filters(phone_number_id="n1", direction="outbound", status="read"),
    Filters(phone_number_id="nobody's"),
]
RARE = [Filters(status="failed"), Filters(status="unknown", phone_number_id="n2"), Filters(status="played")]
WAITING = [Filters(status="queued"), Filters(status="scheduled", direction="outbound")]


@pytest.fixture
async def filled(pool):
    async with pool.acquire() as conn:
        await conn.execute(FILL)
        for table in ("contacts", "conversations", "message_log", "send_queue", "rare_statuses"):
            await conn.execute(f"vacuum analyze {table}")
    return pool


async def plan(conn: Connection, query: str, *arguments: object) -> str:
    return "\n".join(row[0] for row in await conn.fetch(f"explain (costs off) {query}", *arguments))


async def pages_read(conn: Connection, query: str, *arguments: object) -> int:
    """How many pages a query looks at, found in memory or not."""
    text = await conn.fetchval(f"explain (analyze, buffers, format json) {query}", *arguments)
    top = orjson.loads(text)[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


async def test_the_history_is_read_by_an_index_whatever_it_is_narrowed_by(filled):
    async with acting(filled, 1) as conn:
        for filters in (Filters(), Filters(status="read")):
            text = await plan(conn, history.way(filters)[0], 1, None, *filters.arguments(), None, None, None, 50, 0)
            assert "Backward using message_log_pkey" in text
            assert "log_1.id DESC" not in text
            assert "Seq Scan on message_log" not in text
        for filters, index in (
            (Filters(conversation_id=7), "message_log_conversation"),
            (Filters(lead_id=7), "message_log_lead"),
            (Filters(campaign_id=8), "message_log_campaign"),
        ):
            text = await plan(conn, history.way(filters)[0], 1, None, *filters.arguments(), None, None, None, 50, 0)
            assert index in text
            assert "Seq Scan on message_log" not in text
        for lists, index in ((BROAD, "message_log_kinds"), (RARE, "rare_statuses"), (WAITING, "send_queue")):
            for filters in lists:
                page, count = history.way(filters)
                both = await plan(conn, page, 1, None, *filters.broad_arguments(), None, None, 50, 0)
                both += await plan(conn, count, 1, *filters.broad_arguments(), None, None)
                assert index in both
                assert "Seq Scan on message_log" not in both


async def test_each_way_through_the_history_finds_what_the_plain_one_finds(filled):
    plain = queries("history")
    async with acting(filled, 1) as conn:
        for filters in [*BROAD, *RARE, *WAITING]:
            for before, offset in ((None, 0), (15_000, 0), (None, 40)):
                expected = await conn.fetch(plain.page, 1, before, *filters.arguments(), None, None, None, 50, offset)
                found = await history.page(conn, 1, filters, before=before, limit=50, offset=offset)
                assert [row["id"] for row in found] == [row["id"] for row in expected], filters
            assert await history.count(conn, 1, filters) == await conn.fetchval(
                plain.count, 1, None, *filters.arguments(), None, None, None
            )
        day = await conn.fetchval("select created_at from message_log where id = 15000")
        for filters in (Filters(direction="inbound", since=day), Filters(status="failed", until=day)):
            found = await history.page(conn, 1, filters, before=None, limit=100)
            expected = await conn.fetch(plain.page, 1, None, *filters.arguments(), None, None, None, 100, 0)
            assert [row["id"] for row in found] == [row["id"] for row in expected]
            assert found


async def test_what_is_known_by_its_ids_is_looked_up_by_them(filled):
    ids = list(range(1, 8001, 8))
    async with acting(filled, 1) as conn:
        page, before = history.way(Filters(ids=ids))[0], (1, None)
        assert await pages_read(conn, page, *before, *Filters(ids=ids).arguments(), None, None, None, 50, 0) < 6000
        found = await history.page(conn, 1, Filters(ids=ids), before=7000, limit=50)
        assert [row["id"] for row in found] == [key for key in reversed(ids) if key < 7000][:51]
        contacts = await address_book.page(conn, 1, ContactFilters(ids=ids, pinned=False), before=7000, limit=50)
        assert [row["id"] for row in contacts] == [key for key in reversed(ids) if key < 7000][:51]
        named = await inbox.page(conn, 1, InboxFilters(contacts=ids), after=None, limit=50)
        assert [row["contact_id"] for row in named] == ids[:51]
        assert {row["among"] for row in named} == {len(ids)}


async def test_words_are_found_in_a_conversation_though_thousands_of_newer_messages_hold_them(filled):
    async with acting(filled, 1) as conn:
        filters = Filters(conversation_id=8, words="everywhere word7")
        assert [row["id"] for row in await history.page(conn, 1, filters, before=None, limit=50)] == [7]
        assert await history.count(conn, 1, Filters(conversation_id=8, words="everywhere")) == 3
        page, given = history.way(filters)[0], filters.arguments()
        assert await pages_read(conn, page, 1, None, *given, None, None, filters.words, 50, 0) < 200


async def test_contacts_of_a_tag_are_found_by_it_and_its_owner(filled):
    async with acting(filled, 1) as conn:
        tagged = await address_book.chosen(conn, ContactFilters(tag="vip"))
        assert await address_book.count(conn, 1, tagged) == 100
        found = await address_book.page(conn, 1, tagged, before=9000, limit=5)
        assert [row["id"] for row in found] == [8900, 8800, 8700, 8600, 8500, 8400]
        both = await address_book.chosen(conn, ContactFilters(tag="vip", pinned=True, ids=[500, 600]))
        assert [row["id"] for row in await address_book.page(conn, 1, both, before=None, limit=5)] == [500]
        assert await pages_read(conn, "select tagged_contacts('vip', 1000)") < 400
    async with acting(filled, 2) as conn:
        assert (await address_book.chosen(conn, ContactFilters(tag="vip"))).ids == []


async def test_a_list_of_few_or_none_reads_few_pages(filled):
    """Walking the log until the page is full would look at a page for each of its 30,000; 10,001 are counted."""
    async with acting(filled, 1) as conn:
        for filters in [*BROAD, *RARE, *WAITING]:
            page, count = history.way(filters)
            assert await pages_read(conn, page, 1, None, *filters.broad_arguments(), None, None, 50, 0) < 3000, filters
            assert await pages_read(conn, count, 1, *filters.broad_arguments(), None, None) < 12_000, filters


async def test_the_inbox_is_read_in_the_order_of_an_index(filled):
    async with acting(filled, 1) as conn:
        for filters, index in (
            (InboxFilters(), "conversations_recent"),
            (InboxFilters(status="closed"), "conversations_status"),
            (InboxFilters(unassigned=True), "conversations_recent"),
            (InboxFilters(assigned_to_id=7), "conversations_assignee"),
            (InboxFilters(unread=True), "conversations_unread"),
            (InboxFilters(contact_id=7), "conversations_contact"),
        ):
            text = await plan(conn, queries("inbox").page, 1, None, None, *filters.arguments(), 50, 0)
            assert index in text
            assert "Seq Scan on conversations" not in text


async def test_contacts_are_read_in_the_order_of_an_index(filled):
    async with acting(filled, 1) as conn:
        for filters, index in (
            (ContactFilters(), "contacts_pkey"),
            (ContactFilters(ids=[3, 4]), "contacts_pkey"),
            (ContactFilters(pinned=True), "contacts_pinned"),
            (ContactFilters(blocked=True), "contacts_blocked"),
            (ContactFilters(opted_out=True), "contacts_opted_out"),
        ):
            text = await plan(conn, queries("address_book").page, 1, None, *filters.arguments(), 50, 0)
            assert index in text
            assert "Seq Scan on contacts" not in text


@pytest.mark.parametrize("words", ["everywhere", "word29999", "word7", "nowhere", "everywhere word300"])
async def test_a_page_of_a_search_reads_few_pages_however_many_messages_hold_the_word(filled, words):
    async with acting(filled, 1) as conn:
        assert await pages_read(conn, "select search_messages($1, null, 51)", words) < 1000
        found = await search.messages(conn, words, limit=51)
    assert found == sorted(found, reverse=True)


async def test_what_the_words_index_has_not_sorted_in_yet_stays_short(filled):
    """Each of a search's questions reads the whole list of it."""
    async with filled.acquire() as conn:
        await conn.execute("select gin_clean_pending_list('message_log_words')")
        for _ in range(100):
            await conn.execute(
                "insert into message_log (organization_id, direction, phone_number_id, type, status, text, content)"
                " select 1, 'inbound', 'n', 'text', 'received', 'some words of message ' || n, '{}'"
                " from generate_series(1, 100) n"
            )
    async with acting(filled, 1) as conn:
        assert await pages_read(conn, "select search_messages($1, null, 51)", "word7") < 450


async def test_a_search_for_a_name_reads_no_more_contacts_than_it_shows(filled):
    async with acting(filled, 1) as conn:
        assert await pages_read(conn, "select search_contacts($1, 1000)", "Ada") < 1500
        assert await pages_read(conn, "select search_contacts($1, 1000)", "Ada199") < 200
        assert await pages_read(conn, "select search_contacts($1, 1000)", "9999") < 120


async def test_ones_own_contacts_are_found_however_many_strangers_have_the_name(filled):
    async with filled.acquire() as conn:
        await conn.execute("insert into contacts (organization_id, app_name) values (2, 'Ada Rossi'), (2, 'Bo')")
    async with acting(filled, 2) as conn:
        assert len(await search.contacts(conn, "ada")) == 1
        assert len(await search.contacts(conn, "ro ad")) == 1
        assert await search.contacts(conn, "ada199") == []


async def test_a_status_update_stays_in_its_page(filled):
    """The columns that change are in no index."""
    async with filled.acquire() as conn:
        await conn.execute("update message_log set status = 'delivered', read_at = now() where id % 10 = 0")
        await conn.execute("select pg_stat_force_next_flush()")
        row = await conn.fetchrow(
            "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'message_log'"
        )
    assert row["n_tup_upd"] == 3000
    assert row["n_tup_hot_upd"] > 2700


async def test_a_message_leaves_the_list_of_a_rare_status_with_the_status(filled):
    async with acting(filled, 1) as conn:
        failed = await history.count(conn, 1, Filters(status="failed"))
        await conn.execute("update message_log set status = 'expired' where id = 1001")
        await conn.execute("update message_log set status = 'read' where id = 1501")
        assert await history.count(conn, 1, Filters(status="failed")) == failed - 2
        assert await history.count(conn, 1, Filters(status="expired")) == 1
    async with acting(filled, 2) as conn:
        assert await history.count(conn, 1, Filters(status="failed")) == 0
