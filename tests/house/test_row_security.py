"""The second wall between organizations stands around every table, whichever migration made it."""

import pytest

TABLES = """
select c.oid::regclass::text as name, c.relrowsecurity as secured,
       exists (select from pg_policy p where p.polrelid = c.oid and 'colomba_api'::regrole = any (p.polroles)
               and pg_get_expr(p.polqual, p.polrelid) like '%current_organization()%') as walled
from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'colomba'
where c.relkind in ('r', 'p')
  and (has_table_privilege('colomba_api', c.oid, 'select, insert, update, delete')
       or has_any_column_privilege('colomba_api', c.oid, 'select')
       or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id')
          and not c.relispartition)
"""
VIEWS = """
select c.oid::regclass::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'colomba'
where c.relkind in ('v', 'm') and not coalesce('security_invoker=true' = any (c.reloptions), false)
"""
DEFINERS = """
select p.proname, p.proconfig::text like '%search_path=%' as pinned,
       has_function_privilege('public', p.oid, 'execute') as everybodys,
       p.prosrc like '%current_organization()%' as narrowed
from pg_proc p join pg_namespace n on n.oid = p.pronamespace and n.nspname = 'colomba'
where p.prosecdef
"""


async def test_every_table_with_an_organization_shows_only_one_to_the_doors(pool):
    tables = await pool.fetch(TABLES)
    # Events leave through the outbox: the doors may add to it, and read no more than the id they were given.
    open_tables = [row["name"] for row in tables if not (row["secured"] and row["walled"])]
    assert len(tables) > 30
    assert open_tables == ["outbox"]


async def test_the_doors_read_no_event_of_anybody(pool):
    readable = await pool.fetch(
        "select a.attname from pg_attribute a where a.attrelid = 'colomba.outbox'::regclass and a.attnum > 0"
        " and has_column_privilege('colomba_api', a.attrelid, a.attnum, 'select')"
    )
    assert [row["attname"] for row in readable] == ["id"]


async def test_views_have_the_readers_rights(pool):
    assert await pool.fetch(VIEWS) == []


async def test_what_runs_with_the_owners_rights_narrows_to_one_organization_itself(pool):
    functions = await pool.fetch(DEFINERS)
    assert {row["proname"] for row in functions} >= {"search_contacts", "search_messages"}
    assert [row["proname"] for row in functions if not (row["pinned"] and row["narrowed"]) or row["everybodys"]] == []


@pytest.mark.parametrize(
    "words", [r"c:\temp\x", "it's & | ! <-> 'x':*", r"\'", "http://a.b/c\\d?e='f'", "%s $1 {x}", "🙂"]
)
async def test_no_words_break_the_search(pool, words):
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("set local colomba.organization = '1'")
        await conn.execute(
            "insert into message_log (organization_id, id, direction, phone_number_id, type, status, content, text)"
            " values (1, 1, 'inbound', 'n', 'text', 'received', '{}', $1)",
            words,
        )
        await conn.fetch("select * from search_messages($1, null, 10)", words)
        await conn.fetch("select * from search_contacts($1, 10)", words)
