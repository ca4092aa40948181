-- store --
-- Keep dead letters, each once; the organization is that of the number in the routing key, else the only one there is.
insert into colomba.dead_letters
    (organization_id, message_id, source, exchange, routing_key, reason, error, fingerprint, attempts, headers, body)
select coalesce(
           (select number.organization_id from colomba.phone_numbers number
            where number.id = split_part(letter.routing_key, '.', 3)),
           (select min(sole.id) from colomba.organizations sole where sole.deleted_at is null having count(*) = 1)),
       nullif(letter.message_id, ''), letter.source, letter.exchange, letter.routing_key, letter.reason,
       nullif(letter.error, ''), letter.fingerprint, letter.attempts, letter.headers, letter.body
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
            $9::jsonb[], $10::bytea[])
    as letter (message_id, source, exchange, routing_key, reason, error, fingerprint, attempts, headers, body)
order by letter.source, letter.message_id
on conflict (source, message_id) where message_id is not null do nothing

-- page --
-- Letters of one organization (null: of all; 0: of none), newest first, one more than the page.
select id, organization_id, source, exchange, routing_key, reason, error, fingerprint, attempts, status,
       replayed_at, created_at, octet_length(body) as size
from colomba.dead_letters
where (organization_id = $1 or $1 is null or $1 = 0 and organization_id is null)
  and ($2::bigint is null or id < $2)
  and ($3::text is null or status = $3)
  and ($4::text is null or source = $4)
  and ($5::text is null or reason = $5)
  and ($6::text is null or fingerprint = $6)
order by id desc
limit $7 + 1 offset $8

-- count --
-- How many letters pass the filters, counted no further than 10,001.
select count(*)
from (
    select 1
    from colomba.dead_letters
    where (organization_id = $1 or $1 is null or $1 = 0 and organization_id is null)
      and ($2::text is null or status = $2)
      and ($3::text is null or source = $3)
      and ($4::text is null or reason = $4)
      and ($5::text is null or fingerprint = $5)
    limit 10001
) counted

-- groups --
-- Open letters by source, reason and fingerprint, the most frequent first.
select source, reason, fingerprint, count(*) as letters, min(created_at) as first_at, max(created_at) as last_at,
       (array_agg(error order by id desc))[1] as error
from colomba.dead_letters
where (organization_id = $1 or $1 is null or $1 = 0 and organization_id is null) and status = 'open'
group by source, reason, fingerprint
order by letters desc, last_at desc
limit 100

-- get --
-- One letter with its body.
select id, organization_id, source, exchange, routing_key, reason, error, fingerprint, attempts, status,
       replayed_at, created_at, octet_length(body) as size, headers, body
from colomba.dead_letters
where (organization_id = $1 or $1 is null or $1 = 0 and organization_id is null) and id = $2

-- selected --
-- Ids of the open letters of a selection, oldest first: by ids, or by filter.
select id
from colomba.dead_letters
where (organization_id = $1 or $1 is null or $1 = 0 and organization_id is null)
  and status = 'open'
  and ($2::bigint[] is null or id = any($2))
  and ($3::text is null or source = $3)
  and ($4::text is null or reason = $4)
  and ($5::text is null or fingerprint = $5)
order by id
limit $6

-- whole --
-- Open letters as they were published; few at once, since each can be a webhook of 4 MiB.
select id, organization_id, exchange, routing_key, headers, body
from colomba.dead_letters
where (organization_id = $1 or $1 is null or $1 = 0 and organization_id is null) and status = 'open'
  and id = any($2::bigint[])
order by id

-- settle --
-- Close letters as replayed or discarded; those already closed stay as they are.
update colomba.dead_letters
set status = $3, replayed_at = case when $3 = 'replayed' then now() end
where (organization_id = $1 or $1 is null or $1 = 0 and organization_id is null) and status = 'open' and id in (
    select id from colomba.dead_letters where id = any($2) and status = 'open'
    order by id for update)
returning id, organization_id

-- open_by_source --
-- Open letters of all organizations by source: the gauge operators watch.
select source, count(*) as letters from colomba.dead_letters where status = 'open' group by source
