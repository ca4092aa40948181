"""A database as months of work leave it: so many messages, their contacts, conversations, leads, notes and statuses.

Indexes that are made at the end are packed evenly, so the pages of all customers who write now would split at the same
message, in one round and none beside it. Months of inserts leave pages of every fullness. So the last hundredth of the
messages is written with the indexes there, by the customers who write now, from none to twice the mean of each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import asyncpg

from deploy.bench.load.publishes import ACTIVE_CUSTOMERS, FIRST_CUSTOMER
from deploy.bench.rig import CORES, Rig
from deploy.stand.tenants import Tenant

Deed: TypeAlias = Callable[[asyncpg.Connection], Awaitable[None]]
MESSAGES_PER_CUSTOMER = 100
CHUNK, LATE_CHUNK = 50_000, 5_000
# One message in so many is of the last day.
LATE = 100
# Spreads the messages of a customer over all the time there is.
SCATTER = 7_919
DAYS = 90
_PARTITIONS = """
select colomba.make_partition(parent, (now() at time zone 'UTC')::date - ago)
from unnest(array['message_status_events', 'message_attempts', 'webhook_log']) as parent, generate_series(0, $1) as ago
"""
_PEOPLE = """
with person as (
    insert into colomba.contacts (organization_id, wa_id, phone, profile_name, profile_name_at)
    select $1, ($3::bigint + n)::text, ($3::bigint + n)::text, 'Customer ' || right(($3::bigint + n)::text, 4),
           now() - interval '90 days'
    from generate_series(0, $4::integer - 1) n
    returning organization_id, id, phone
), lead as (
    insert into colomba.leads (organization_id, name, phone)
    select organization_id, 'WhatsApp +' || phone, phone from person
    returning organization_id, id, phone
), link as (
    insert into colomba.lead_links (organization_id, contact_id, lead_id, reason)
    select organization_id, person.id, lead.id, 'created' from person join lead using (organization_id, phone)
)
insert into colomba.conversations
    (organization_id, phone_number_id, contact_id, subject, status, last_message_at, last_customer_message_at,
     window_expires_at)
select organization_id, $2, id, 'WhatsApp: Customer ' || right(phone, 4), 'active', now() - interval '2 days',
       now() - interval '2 days', now() - interval '1 day'
from person
"""
# Every third message came in; what went out was read. Ids count up with the time; Meta's begin with the phone number.
# The golden ratio spreads the late ones, the root makes them more for each next customer who writes now.
_MESSAGES = """
with written as materialized (
    select n, n % 3 = 0 as came_in,
           case when n <= $10::integer then (n::bigint * $6) % $7
                else floor($11::integer * sqrt((n * 0.6180339887498949) % 1))::bigint * ($7 / $11::integer)
           end as writer
    from generate_series($3::integer, $4::integer) n
), item as materialized (
    select n, 1 + writer as person, came_in,
           'wamid.' || translate(encode(
               '\\x1c180c'::bytea || convert_to(($5::bigint + writer)::text, 'UTF8')
               || case when came_in then '\\x150200121814'::bytea else '\\x150200111812'::bytea end
               || convert_to(upper(substr(md5($2 || n), 1, case when came_in then 20 else 18 end)), 'UTF8')
               || '\\x00'::bytea, 'base64'), E'\\n', '') as wamid,
           now() - make_interval(days => $9) * ((1 + $8::integer - n)::float8 / $8::integer) as at
    from written
), logged as (
    insert into colomba.message_log
        (organization_id, id, direction, phone_number_id, contact_id, conversation_id, lead_id, type, status, attempt,
         external_id, recipient, text, content, created_at, sent_at, read_at, status_updated_at, is_read)
    select $1, n, case when came_in then 'inbound' else 'outbound' end, $2, person, person,
           case when came_in then person end, 'text', case when came_in then 'received' else 'read' end,
           case when came_in then 0 else 1 end, wamid, ($5::bigint + person - 1)::text,
           'a message of some length about order ' || n,
           '{"type": "text", "text": {"body": "a message of some length"}}', at, at, at, at, true
    from item
), known as (
    insert into colomba.wamids (organization_id, wamid, message_id, attempt)
    select $1, wamid, n, case when came_in then 0 else 1 end from item
), asked as (
    insert into colomba.command_keys (organization_id, source, key, body_hash, message_id, created_at)
    select $1, 'colomba.stand', md5('command' || n), sha256(''), n, at from item
    where not came_in and at > now() - interval '30 days'
), told as (
    insert into colomba.lead_notes (organization_id, lead_id, message_id, text, created_at)
    select $1, person, n, 'a message of some length about order ' || n, at from item where came_in
)
insert into colomba.message_status_events (organization_id, at, message_id, attempt, status, wamid)
select $1, at, n, 1, 'read', wamid from item where not came_in
"""
# What each arrival changes beside the log.
_CONTINUED = """
with latest as (
    select conversation_id, contact_id, max(id) as id, max(created_at) as at
    from colomba.message_log where organization_id = $1 and id between $2 and $3 group by 1, 2
), seen as (
    update colomba.contacts contact set profile_name_at = latest.at, updated_at = now()
    from latest where contact.organization_id = $1 and contact.id = latest.contact_id
)
update colomba.conversations conversation
set last_message_id = latest.id, last_message_at = latest.at, last_customer_message_at = latest.at
from latest where conversation.organization_id = $1 and conversation.id = latest.conversation_id
"""
# How each index that is not needed while filling is taken away and made again.
_INDEXES = """
select case when made.conname is null then format('drop index colomba.%I', found.indexname)
            else format('alter table colomba.%I drop constraint %I', found.tablename, made.conname) end as drop,
       case when made.conname is null then found.indexdef
            else format('alter table colomba.%I add constraint %I %s', found.tablename, made.conname,
                        pg_get_constraintdef(made.oid)) end as make
from pg_indexes found
left join pg_constraint made
    on made.conname = found.indexname and made.conrelid = format('colomba.%I', found.tablename)::regclass
where found.schemaname = 'colomba' and found.tablename in ('message_log', 'wamids', 'lead_notes', 'command_keys')
  and found.indexname not in ('message_log_pkey', 'lead_notes_pkey')
"""
_TABLES = (
    "message_log",
    "wamids",
    "command_keys",
    "lead_notes",
    "contacts",
    "conversations",
    "leads",
    "lead_links",
    "message_status_events",
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A database of the stand, its tenant, and how far apart the customers that write now lie among all of them."""

    database: str
    tenant: Tenant
    stride: int


async def open_shop(rig: Rig, messages: int) -> Shop:
    """Make a database with so many messages and let the stand use it."""
    name = f"bench_{rig.run_name()}"
    await rig.stand.fresh_database(name, numbers=1, throughput=100_000, customers=0)
    customers = max(ACTIVE_CUSTOMERS, messages // MESSAGES_PER_CUSTOMER)
    async with rig.database() as database:
        await database.execute(_PARTITIONS, DAYS, timeout=120)
        tenant = rig.stand.tenant
        await database.execute(
            _PEOPLE, tenant.organization_id, tenant.numbers[0], FIRST_CUSTOMER, customers, timeout=600
        )
        await _fill(rig, database, messages, customers)
    return Shop(name, rig.stand.tenant, customers // ACTIVE_CUSTOMERS)


def enter(rig: Rig, shop: Shop) -> None:
    """Let the stand use a database that was made before."""
    rig.stand.use_database(shop.database)
    rig.stand.tenant = shop.tenant


async def _fill(rig: Rig, database: asyncpg.Connection, messages: int, customers: int) -> None:
    """Over as many connections as there are cores; most indexes are made before the last messages are written."""
    indexes = await database.fetch(_INDEXES)
    for index in indexes:
        await database.execute(index["drop"])
    early = messages - messages // LATE
    write = _writer(rig.stand.tenant, messages, customers, early)
    await _at_once(rig, (partial(write, start, min(early, start + CHUNK - 1)) for start in range(1, early + 1, CHUNK)))
    rig.say(f"{early:,} rows; now their indexes, the last {messages - early:,} and what vacuum leaves")
    # The index of words takes longer than all others: beside it, the other tables are read for the first time.
    makes = sorted((index["make"] for index in indexes), key=lambda make: " gin " not in make)
    makes += [f"vacuum (freeze) colomba.{table}" for table in _TABLES if table != "message_log"]
    await _at_once(rig, (partial(_build, make) for make in makes))
    for start in range(early + 1, messages + 1, LATE_CHUNK):
        last = min(messages, start + LATE_CHUNK - 1)
        await write(start, last, database)
        await database.execute(_CONTINUED, rig.stand.tenant.organization_id, start, last, timeout=600)
    await database.fetchval("select setval('colomba.message_log_id_seq', $1::bigint)", messages)
    await _at_once(rig, (partial(_build, f"vacuum (analyze, freeze) colomba.{table}") for table in _TABLES))
    await database.execute("checkpoint", timeout=600)


async def _at_once(rig: Rig, deeds: Iterator[Deed]) -> None:
    """All of them, on as many connections as there are cores."""

    async def work() -> None:
        async with rig.database() as database:
            await database.execute("set synchronous_commit = off")
            await database.execute("set maintenance_work_mem = '1GB'")
            for deed in deeds:
                await deed(database)

    await asyncio.gather(*(work() for _ in range(CORES)))


async def _build(statement: str, database: asyncpg.Connection) -> None:
    await database.execute(statement, timeout=2400)


def _writer(
    tenant: Tenant, messages: int, customers: int, early: int
) -> Callable[[int, int, asyncpg.Connection], Awaitable[None]]:
    """Writes messages from one to another; those past `early` are of the customers who write now."""

    async def write(first: int, last: int, database: asyncpg.Connection) -> None:
        await database.execute(
            _MESSAGES, tenant.organization_id, tenant.numbers[0], first, last, FIRST_CUSTOMER, SCATTER, customers,
            messages, DAYS, early, ACTIVE_CUSTOMERS, timeout=600,
        )  # fmt: skip

    return write
