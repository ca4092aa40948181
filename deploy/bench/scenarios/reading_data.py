"""The data of `reading`: 20 messages in each conversation, spread over half a year, with words of known frequency."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg

PARTS = 2
PAUSE_ROWS = 250_000
PER_CONVERSATION = 20
DAYS = 180
# Ids of a part are given, not drawn: a later message has a higher id, as when messages arrive one after the other.
_PREPARE = """
create unlogged table public.phrases as
select n as key, string_agg(
    ('{ka,re,mi,so,tu,la,ne,vo,di,pa,che,gri,sta,lun,mor,tes}'::text[])[1 + (n * 7 + w * 5) % 16]
    || ('{bo,da,fe,gu,li,mo,na,po,ra,si,ta,vi,zo,cu,er,on}'::text[])[1 + (n / 16 + w * 3) % 16]
    || ('{"",n,s,l,r,te,no,ri}'::text[])[1 + (n / 64 + w) % 8], ' ' order by w) as words
from generate_series(0, 4095) n, generate_series(1, 4) w group by n;
alter table public.phrases add primary key (key);
analyze public.phrases;
insert into colomba.users (organization_id, email, name, role)
select $organization, 'seller' || n || '@example.org', 'Seller ' || n, 'SELLER' from generate_series(1, 20) n
"""
_CONTACTS = """
insert into colomba.contacts (organization_id, id, wa_id, phone, profile_name, tags, pinned, created_at)
select $1, n, (393400000000 + n)::text, (393400000000 + n)::text,
       case when n = $2 / 2 then 'Unica ' else '' end
       || case when n % 5 = 0 then 'Maria' else 'Given' || n % 50 end || ' Family' || n % greatest($2 / 1000, 1),
       case when n % 100 = 0 then array['vip'] else '{}' end, n % 1000 = 0, now() - interval '200 days'
from generate_series(1, $2::int) n
"""
_LEADS = """
insert into colomba.leads (organization_id, id, name, phone)
select $1, n, 'WhatsApp +' || (393400000000 + n), (393400000000 + n)::text from generate_series(1, $2::int) n
"""
_LINKS = """
insert into colomba.lead_links (organization_id, contact_id, lead_id, reason)
select $1, n, n, 'phone' from generate_series(1, $2::int) n
"""
_CONVERSATIONS = """
insert into colomba.conversations
    (organization_id, id, phone_number_id, contact_id, status, subject, unread_count, last_message_id, last_message_at,
     last_message_text, last_message_direction, last_customer_message_at, window_expires_at, assigned_to_id)
select $1, n, ($4::text[])[1 + n % array_length($4::text[], 1)], n,
       case when n % 10 < 6 then 'active' when n % 10 < 9 then 'closed' else 'pending' end,
       'WhatsApp: +' || (393400000000 + n), case when n % 20 = 0 then 1 + n % 3 else 0 end, $3 - $2 + n,
       $5::timestamptz + ($3 - $2 + n) * $6::float8 * interval '1 second',
       'the last message of this conversation', 'inbound',
       now(), now() + interval '1 hour', case when n % 3 = 0 then (select min(id) from colomba.users) + n % 20 end
from generate_series(1, $2::int) n
"""
_MESSAGES = """
insert into colomba.message_log
    (organization_id, id, direction, phone_number_id, contact_id, conversation_id, lead_id, campaign_id, type, status,
     attempt, external_id, recipient, text, content, template, error_code, created_at, sent_at, delivered_at, read_at,
     status_updated_at)
select $1, n, case when inbound then 'inbound' else 'outbound' end,
       ($7::text[])[1 + conversation % array_length($7::text[], 1)], conversation, conversation, conversation,
       case when kind = 'template' then 1 + n % 97 end, kind,
       case when inbound then 'received' when n % 1000 = 501 then 'failed' when n % 100000 = 50001 then 'unknown'
            when n % 50 = 1 then 'sent' when n % 7 = 1 then 'delivered' else 'read' end,
       case when inbound then 0 else 1 end, 'wamid.fill.' || lpad(n::text, 12, '0'),
       case when inbound then null else (393400000000 + conversation)::text end,
       case when kind = 'image' then null else one.words || ' ' || two.words
            || case when n = $8::int / 3 then ' zanzibar' else '' end
            || case when n % greatest($8::int / 1000, 1) = 5 then ' quetzal' else '' end
            || case when n <= 1000 then ' ancient' else '' end
            || case when n % 10 = 3 then ' order' when n % 10 = 7 then ' refund' else '' end end,
       '{"body": "a message of some length"}', case when kind = 'template' then 'notice' end,
       case when not inbound and n % 1000 = 501 then 131026 end,
       moment, moment, moment, moment, moment
from (
    select n, 1 + (n - 1) % $4::int as conversation,
           $5::timestamptz + n * $6::float8 * interval '1 second' as moment, n % 3 = 0 as inbound,
           case when n % 30 = 2 then 'image' when n % 3 = 2 then 'template' else 'text' end as kind
    from generate_series($2::int, $3::int) n
) made
join public.phrases one on one.key = made.n * 31 % 4096
join public.phrases two on two.key = made.n * 17 / 3 % 4096
"""
_REPORTS = """
insert into colomba.message_status_events (organization_id, at, message_id, attempt, status)
select organization_id, created_at, id, 1, 'delivered' from colomba.message_log
where organization_id = $1 and id % 100 = 1 and created_at > now() - interval '89 days'
"""
_PARTITIONS = """
select count(colomba.make_partition(parent, (now() at time zone 'UTC')::date - n))
from unnest(array['message_status_events', 'message_attempts']) parent, generate_series(2, 90) n
"""
_MEDIA = """
insert into colomba.media_files (organization_id, message_id, phone_number_id, direction, type, mime_type, size, status)
select $1, n, $2, 'outbound', 'image', 'image/jpeg', 12345, 'stored' from generate_series(2, $3::int, 30) n
"""
_INDEXES = """
select indexname, indexdef from pg_indexes
where schemaname = 'colomba' and tablename = 'message_log' and indexname not like '%pkey'
order by indexname = 'message_log_keys' desc
"""
_SEQUENCES = """
select setval(pg_get_serial_sequence('colomba.' || name, 'id'), (select max(id) from colomba.message_log))
from unnest(array['message_log', 'conversations', 'contacts', 'leads']) name
"""
# Stands in a database that is wholly filled.
MARK = "public.filled"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be filled in, for whom."""

    dsn: str
    organization_id: int
    numbers: Sequence[str]
    messages: int

    @property
    def conversations(self) -> int:
        return self.messages // PER_CONVERSATION

    @property
    def step(self) -> float:
        """Seconds between two messages."""
        return DAYS * 86400 / self.messages


async def fill(wanted: Wanted, say: Say) -> float:
    """Fill an empty database; the seconds it took."""
    began = time.perf_counter()
    database = await _connected(wanted)
    try:
        start = await database.fetchval("select now() - make_interval(days => $1)", DAYS)
        await _people(database, wanted, start)
        say(f"{wanted.conversations:,} contacts, leads and conversations after {time.perf_counter() - began:.0f} s")
        await _messages(database, wanted, start, say)
        await _beside(database, wanted)
        for table in ("message_log", "conversations", "contacts", "leads", "lead_links", "media_files"):
            await database.execute(f"vacuum (analyze, freeze) colomba.{table}")
        await database.execute("analyze colomba.message_status_events")
        await database.execute(f"checkpoint; create table {MARK} ()")
    finally:
        await database.close()
    return time.perf_counter() - began


async def _connected(wanted: Wanted) -> asyncpg.Connection:
    settings = {"synchronous_commit": "off", "maintenance_work_mem": "1GB", "work_mem": "64MB"}
    return await asyncpg.connect(wanted.dsn, server_settings=settings, command_timeout=3600)


async def _people(database: asyncpg.Connection, wanted: Wanted, start: object) -> None:
    await database.execute(_PREPARE.replace("$organization", str(wanted.organization_id)))
    for query in (_CONTACTS, _LEADS, _LINKS):
        await database.execute(query, wanted.organization_id, wanted.conversations)
    await database.execute(
        _CONVERSATIONS,
        wanted.organization_id,
        wanted.conversations,
        wanted.messages,
        list(wanted.numbers),
        start,
        wanted.step,
    )


async def _messages(database: asyncpg.Connection, wanted: Wanted, start: object, say: Say) -> None:
    """Without the secondary indexes, which are made again at the end, two at a time."""
    began = time.perf_counter()
    indexes = await database.fetch(_INDEXES)
    for index in indexes:
        await database.execute(f'drop index colomba."{index["indexname"]}"')
    width = -(-wanted.messages // PARTS)
    parts = [(part * width + 1, min(wanted.messages, (part + 1) * width)) for part in range(PARTS)]
    await asyncio.gather(*(_part(wanted, start, *part) for part in parts))
    say(f"{wanted.messages:,} messages after {time.perf_counter() - began:.0f} s, now their indexes")
    waiting = [index["indexdef"] for index in indexes]
    await asyncio.gather(*(_build(wanted, waiting) for _ in range(PARTS)))
    say(f"indexes after {time.perf_counter() - began:.0f} s")


async def _part(wanted: Wanted, start: object, first: int, last: int) -> None:
    database = await _connected(wanted)
    for begin in range(first, last + 1, PAUSE_ROWS):
        end = min(last, begin + PAUSE_ROWS - 1)
        await database.execute(
            _MESSAGES,
            wanted.organization_id,
            begin,
            end,
            wanted.conversations,
            start,
            wanted.step,
            list(wanted.numbers),
            wanted.messages,
        )
    await database.close()


async def _build(wanted: Wanted, waiting: list[str]) -> None:
    database = await _connected(wanted)
    while waiting:
        await database.execute(waiting.pop(0))
    await database.close()


async def _beside(database: asyncpg.Connection, wanted: Wanted) -> None:
    await database.execute(_SEQUENCES)
    await database.execute(_PARTITIONS)
    await database.execute(_REPORTS, wanted.organization_id)
    await database.execute(_MEDIA, wanted.organization_id, wanted.numbers[0], wanted.messages)
    await database.execute("drop table public.phrases")
