-- find --
-- What was claimed earlier under these keys, and what became of it at once; "limit" keeps every look-up a probe of an index.
select claimed.organization_id, claimed.source, claimed.key, claimed.body_hash, claimed.message_id,
       case when log.status in ('failed', 'expired') and log.status_updated_at = log.created_at then log.status
            when log.status is not null then 'queued' end as status, log.created_at
from unnest($1::bigint[], $2::text[], $3::text[]) as item (organization_id, source, key)
cross join lateral (
    select known.* from command_keys known
    where known.organization_id = item.organization_id and known.source = item.source and known.key = item.key
    limit 1
) as claimed
left join lateral (
    select known.status, known.status_updated_at, known.created_at from message_log known
    where known.organization_id = claimed.organization_id and known.id = claimed.message_id
    limit 1
) as log on true;

-- claim_request --
-- Claim the key of a request of several deeds; a second request waits for the first and gets nothing.
insert into command_keys (organization_id, source, key, body_hash)
values ($1, $2, $3, $4)
on conflict do nothing
returning true;

-- request --
-- What the first request under a key asked and was answered.
select body_hash, answer from command_keys where organization_id = $1 and source = $2 and key = $3;

-- answer_request --
-- Keep the answer of a request for its repeats.
update command_keys set answer = $4 where organization_id = $1 and source = $2 and key = $3;
