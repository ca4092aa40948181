"""The lists that people wait for read by an index in its order, and never sort or scan a whole table."""

from collections.abc import Sequence
from dataclasses import replace

import orjson
import pytest

from sender_service.store import address_book, history, inbox, search
from sender_service.store.address_book import ContactFilters
from sender_service.store.database import Connection, queries
from sender_service.store.history import Filters
from sender_service.store.inbox import InboxFilters
from sender_service.store.narrowed import narrowed
from sender_service.store.tenancy import acting, open_readers, reading

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
        for table in (
            "contacts",
            "contact_tags",
            "conversations",
            "lead_links",
            "leads",
            "media_files",
            "message_log",
            "rare_statuses",
            "send_queue",
        ):
            await conn.execute(f"vacuum analyze {table}")
    return pool


@pytest.fixture
async def readers(filled, postgres_dsn):
    """As the doors read: each statement planned once, whatever its values."""
    async with open_readers(postgres_dsn, max_size=1, name="test reader") as pool:
        yield pool


async def explained(conn: Connection, how: str, query: str, arguments: Sequence[object]) -> str:
    await conn.execute(f"prepare explained as {query}")
    try:
        given = f"({', '.join(map(literal, arguments))})" if arguments else ""
        rows = await conn.fetch(f"explain ({how}) execute explained{given}")
        return "\n".join(row[0] for row in rows)
    finally:
        await conn.execute("deallocate explained")


def literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"'{{{','.join(map(str, value))}}}'"
    quoted = str(value).replace("'", "''")
    return quoted if isinstance(value, int) else f"'{quoted}'"


async def plan(conn: Connection, query: str, *arguments: object, ends: tuple[int, ...] = ()) -> str:
    return await explained(conn, "costs off", narrowed(query, arguments, *ends), arguments)


async def pages_read(conn: Connection, query: str, *arguments: object, ends: tuple[int, ...] = ()) -> int:
    """How many pages a query looks at, found in memory or not."""
    how, text = "analyze, buffers, format json", narrowed(query, arguments, *ends)
    await explained(conn, how, text, arguments)  # the first time it reads the catalogue too
    top = orjson.loads(await explained(conn, how, text, arguments))[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


async def test_the_history_is_read_by_an_index_whatever_it_is_narrowed_by(readers):
    async with reading(readers, 1) as conn:
        for filters in (Filters(), Filters(status="read")):
            text = await plan(conn, history.way(filters)[0], 1, None, *filters.arguments(), ends=(50, 0))
            assert "Backward using message_log_pkey" in text
            assert "log_1.id DESC" not in text
            assert "Seq Scan on message_log" not in text
        for filters, index in (
            (Filters(conversation_id=7), "message_log_conversation"),
            (Filters(lead_id=7), "message_log_lead"),
            (Filters(campaign_id=8), "message_log_campaign"),
        ):
            text = await plan(conn, history.way(filters)[0], 1, None, *filters.arguments(), ends=(50, 0))
            assert index in text
            assert "Seq Scan on message_log" not in text
        for lists, index in ((BROAD, "message_log_kinds"), (RARE, "rare_statuses"), (WAITING, "send_queue")):
            for filters in lists:
                page, count = history.way(filters)
                both = await plan(conn, page, 1, None, *filters.arguments(), ends=(50, 0))
                both += await plan(conn, count, 1, None, *filters.arguments())
                assert index in both
                assert "Seq Scan on message_log" not in both


async def test_each_way_through_the_history_finds_what_the_plain_one_finds(filled):
    async with acting(filled, 1) as conn:
        for filters in [*BROAD, *RARE, *WAITING]:
            for before, offset in ((None, 0), (15_000, 0), (None, 40)):
                expected = await plain_page(conn, filters, before, 50, offset=offset)
                found = await history.page(conn, 1, filters, before=before, limit=50, offset=offset)
                assert [row["id"] for row in found] == expected, filters
            assert await history.count(conn, 1, filters) == len(await plain_page(conn, filters, None, 10_000))
        day = await conn.fetchval("select created_at from message_log where id = 15000")
        for filters in (Filters(direction="inbound", since=day), Filters(status="failed", until=day)):
            bounded = await history.bounded(conn, 1, filters)
            found = await history.page(conn, 1, bounded, before=None, limit=100)
            assert [row["id"] for row in found] == await plain_page(conn, filters, None, 100)
            assert found
            assert bounded.first is not None or bounded.past is not None


async def plain_page(
    conn: Connection, filters: Filters, before: int | None, limit: int, *, offset: int = 0
) -> list[int]:
    """What a scan of the log finds."""
    rows = await conn.fetch(
        "select log.id from message_log log left join send_queue queue on queue.message_id = log.id"
        " where ($1::text is null or log.direction = $1)"
        " and ($2::text is null or coalesce(queue.state, log.status) = $2)"
        " and ($3::text is null or log.type = $3) and ($4::text is null or log.phone_number_id = $4)"
        " and ($5::timestamptz is null or log.created_at >= $5) and ($6::timestamptz is null or log.created_at < $6)"
        " and ($7::bigint is null or log.id < $7) order by log.id desc limit $8 + 1 offset $9",
        filters.direction, filters.status, filters.type, filters.phone_number_id, filters.since, filters.until,
        before, limit, offset,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def test_what_is_known_by_its_ids_is_looked_up_by_them(readers):
    ids = list(range(1, 8001, 8))
    async with reading(readers, 1) as conn:
        filters = Filters(ids=ids)
        page = history.way(filters)[0]
        assert await pages_read(conn, page, 1, None, *filters.arguments(), ends=(50, 0)) < 6000
        found = await history.page(conn, 1, Filters(ids=ids), before=7000, limit=50)
        assert [row["id"] for row in found] == [key for key in reversed(ids) if key < 7000][:51]


async def test_who_is_asked_for_by_name_is_looked_up_by_it(readers):
    fives = [key for key in range(10_000, 0, -1) if key % 200 in {5, *range(50, 60)}]
    async with reading(readers, 1) as conn:
        named = await address_book.page(conn, 1, ContactFilters(named="ada5"), before=7000, limit=50)
        assert [row["id"] for row in named] == [key for key in fives if key < 7000][:51]
        assert {row["among"] for row in named} == {len(fives)}
        pinned = ContactFilters(named="ada100", pinned=True)
        found = await address_book.page(conn, 1, pinned, before=7000, limit=50)
        assert [row["id"] for row in found] == [6500, 5500, 4500, 3500, 2500, 1500, 500]
        assert {row["among"] for row in found} == {await address_book.count(conn, 1, pinned)} == {10}
        talks = await inbox.page(conn, 1, InboxFilters(named="ada5"), after=None, limit=50)
        assert [row["contact_id"] for row in talks] == fives[::-1][:51]
        assert (
            {row["among"] for row in talks} == {await inbox.count(conn, 1, InboxFilters(named="ada5"))} == {len(fives)}
        )
        assert await inbox.page(conn, 1, InboxFilters(named="nobody"), after=None, limit=50) == []
        for query, filters, moments in (
            (queries("address_book").page_named, pinned, (None,)),
            (queries("inbox").page_named, InboxFilters(named="ada5"), (None, None)),
        ):
            assert await pages_read(conn, query, 1, *moments, *filters.arguments(), ends=(50, 0)) < 3500


async def test_words_are_found_in_a_conversation_though_thousands_of_newer_messages_hold_them(readers):
    async with reading(readers, 1) as conn:
        filters = Filters(conversation_id=8, words="everywhere word7")
        assert [row["id"] for row in await history.page(conn, 1, filters, before=None, limit=50)] == [7]
        assert await history.count(conn, 1, Filters(conversation_id=8, words="everywhere")) == 3
        page = history.way(filters)[0]
        assert await pages_read(conn, page, 1, None, *filters.arguments(), ends=(50, 0)) < 200


async def test_contacts_of_a_tag_are_found_by_it_and_its_owner(readers):
    async with reading(readers, 1) as conn:
        tagged = ContactFilters(tag="vip")
        assert await address_book.count(conn, 1, tagged) == 100
        found = await address_book.page(conn, 1, tagged, before=9000, limit=5)
        assert [row["id"] for row in found] == [8900, 8800, 8700, 8600, 8500, 8400]
        page = address_book.way(tagged)[0]
        assert await pages_read(conn, page, 1, None, *tagged.arguments(), ends=(5, 0)) < 150
        both = ContactFilters(tag="vip", pinned=True)
        assert await address_book.count(conn, 1, both) == 20
        assert [row["id"] for row in await address_book.page(conn, 1, both, before=600, limit=5)] == [500]
        among = replace(both, named="ada100")
        assert await address_book.count(conn, 1, among) == 10
        found = await address_book.page(conn, 1, among, before=None, limit=5)
        assert [row["id"] for row in found] == [9500, 8500, 7500, 6500, 5500, 4500]
    async with reading(readers, 2) as conn:
        assert await address_book.page(conn, 2, tagged, before=None, limit=5) == []
        assert await address_book.count(conn, 2, tagged) == 0


async def test_a_contact_is_listed_by_the_tags_it_has_now(filled):
    async with acting(filled, 1) as conn:
        await conn.execute("update contacts set tags = array['new', 'vip', 'new'] where id in (1, 100)")
        await conn.execute("update contacts set tags = '{}' where id = 200")
        await conn.execute("update contacts set merged_into = 1 where id = 300")
        assert await address_book.count(conn, 1, ContactFilters(tag="new")) == 2
        vips = await address_book.page(conn, 1, ContactFilters(tag="vip"), before=401, limit=5)
        assert [row["id"] for row in vips] == [400, 100, 1]


async def test_a_list_of_few_or_none_reads_few_pages(readers):
    """Walking the log until the page is full would look at a page for each of its 30,000; 10,001 are counted."""
    async with reading(readers, 1) as conn:
        for filters in [*BROAD, *RARE, *WAITING]:
            page, count = history.way(filters)
            assert await pages_read(conn, page, 1, None, *filters.arguments(), ends=(50, 0)) < 3000, filters
            assert await pages_read(conn, count, 1, None, *filters.arguments()) < 12_000, filters


async def test_the_inbox_is_read_in_the_order_of_an_index(readers):
    async with reading(readers, 1) as conn:
        for filters, index in (
            (InboxFilters(), "conversations_recent"),
            (InboxFilters(status="closed"), "conversations_status"),
            (InboxFilters(unassigned=True), "conversations_recent"),
            (InboxFilters(assigned_to_id=7), "conversations_assignee"),
            (InboxFilters(unread=True), "conversations_unread"),
            (InboxFilters(contact_id=7), "conversations_contact"),
        ):
            text = await plan(conn, queries("inbox").page, 1, None, None, *filters.arguments(), ends=(50, 0))
            assert index in text
            assert "Seq Scan on conversations" not in text


async def test_contacts_are_read_in_the_order_of_an_index(readers):
    async with reading(readers, 1) as conn:
        for filters, index in (
            (ContactFilters(), "contacts_pkey"),
            (ContactFilters(pinned=True), "contacts_pinned"),
            (ContactFilters(blocked=True), "contacts_blocked"),
            (ContactFilters(opted_out=True), "contacts_opted_out"),
        ):
            text = await plan(conn, queries("address_book").page, 1, None, *filters.arguments(), ends=(50, 0))
            assert index in text
            assert "Seq Scan on contacts" not in text


@pytest.mark.parametrize("words", ["everywhere", "word29999", "word7", "nowhere", "everywhere word300"])
async def test_a_page_of_a_search_reads_few_pages_however_many_messages_hold_the_word(readers, words):
    async with reading(readers, 1) as conn:
        assert await pages_read(conn, "select search_messages($1, null, 51)", words) < 500
        found = await search.messages(conn, words, limit=51)
    assert found == sorted(found, reverse=True)


async def test_a_word_is_found_wherever_between_the_blocks_its_messages_stand(filled, readers):
    ids = [-20_000, -3, 29_990, 1_048_575, 1_048_576, 1_064_960, 5_000_000, 5_000_001]
    async with filled.acquire() as conn:
        await conn.execute(
            "insert into message_log (id, organization_id, direction, phone_number_id, type, status, text, content)"
            " select id, id_owner, 'inbound', 'n', 'text', 'received', 'sparse and everywhere', '{}'"
            " from unnest($1::bigint[]) id, lateral (select case id when 5000001 then 2 else 1 end) as one (id_owner)"
            " on conflict (organization_id, id) do update set text = excluded.text",
            ids,
        )
    newest = sorted(ids[:-1], reverse=True)
    async with reading(readers, 1) as conn:
        assert await search.messages(conn, "sparse") == newest
        assert await search.messages(conn, "everywhere sparse") == newest
        assert await search.messages(conn, "sparse", before=1_048_576) == newest[3:]
        assert await search.messages(conn, "sparse", before=1_048_577, limit=2) == newest[2:4]
        assert await search.messages(conn, "sparse", before=-20_000) == []
        many = await search.messages(conn, "everywhere")
        assert len(many) == 10_001
        assert many == sorted(many, reverse=True)
        assert many[:4] == [5_000_000, 1_064_960, 1_048_576, 1_048_575]
        assert many[4] == 30_000
        place = {"before": 1_048_576, "limit": 2, "offset": 1}
        pages = [await history.found(conn, 1, "sparse", **place, all_of=all_of) for all_of in (None, 10_001)]
        assert [[row["id"] for row in page] for page in pages] == [newest[4:7]] * 2
        assert {row["among"] for row in pages[1]} == {len(newest)}
    async with reading(readers, 2) as conn:
        assert await search.messages(conn, "sparse") == [5_000_001]


async def test_what_the_words_index_has_not_sorted_in_yet_stays_short(filled, readers):
    """Each of a search's questions reads the whole list of it."""
    async with filled.acquire() as conn:
        await conn.execute("select gin_clean_pending_list('message_log_keys')")
        for _ in range(100):
            await conn.execute(
                "insert into message_log (organization_id, direction, phone_number_id, type, status, text, content)"
                " select 1, 'inbound', 'n', 'text', 'received', 'some words of message ' || n, '{}'"
                " from generate_series(1, 100) n"
            )
    async with reading(readers, 1) as conn:
        assert await pages_read(conn, "select search_messages($1, null, 51)", "word7") < 100


async def test_a_search_for_a_name_reads_no_more_contacts_than_it_shows(readers):
    async with reading(readers, 1) as conn:
        assert await pages_read(conn, "select search_contacts($1, 1000)", "Ada") < 1500
        assert await pages_read(conn, "select search_contacts($1, 1000)", "Ada199") < 200
        assert await pages_read(conn, "select search_contacts($1, 1000)", "9999") < 120


async def test_ones_own_contacts_are_found_however_many_strangers_have_the_name(filled):
    async with filled.acquire() as conn:
        await conn.execute("insert into contacts (organization_id, app_name) values (2, 'Ada Rossi'), (2, 'Bo')")
    async with acting(filled, 2) as conn:
        for words, count in (("ada", 1), ("ro ad", 1), ("ada199", 0)):
            found = await address_book.page(conn, 2, ContactFilters(named=words), before=None, limit=50)
            assert len(found) == count


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
