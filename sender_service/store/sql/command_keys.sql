-- claim --
-- Claim commands by (organization, source, key), once, and give each claimed one its message id in the order of acceptance.
with wanted as materialized (
    select item.*, nextval('colomba.message_log_id_seq') as message_id
    from unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[]) as item (organization_id, source, key, body_hash)
)
insert into command_keys (organization_id, source, key, body_hash, message_id)
select organization_id, source, key, body_hash, message_id
from wanted
order by organization_id, source, key
on conflict do nothing
returning organization_id, source, key, message_id;

-- find --
-- What was claimed earlier under these keys, and how far it has come; "limit" keeps every look-up a probe of an index.
select claimed.organization_id, claimed.source, claimed.key, claimed.body_hash, claimed.message_id,
       coalesce(queue.state, log.status) as status
from unnest($1::bigint[], $2::text[], $3::text[]) as item (organization_id, source, key)
cross join lateral (
    select known.* from command_keys known
    where known.organization_id = item.organization_id and known.source = item.source and known.key = item.key
    limit 1
) as claimed
left join lateral (
    select known.status from message_log known
    where known.organization_id = claimed.organization_id and known.id = claimed.message_id
    limit 1
) as log on true
left join send_queue queue on queue.message_id = claimed.message_id;

-- forget --
-- Give claims back whose command was rejected after all.
delete from command_keys claimed
using unnest($1::bigint[], $2::text[], $3::text[]) as item (organization_id, source, key)
where claimed.organization_id = item.organization_id and claimed.source = item.source and claimed.key = item.key;
