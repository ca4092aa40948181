-- add --
-- Keep changes of accounts, numbers and templates; only those never seen before come back.
insert into account_events
    (organization_id, business_account_id, phone_number_id, field, event, subject, raw, content_hash, occurred_at)
select organization_id, business_account_id, phone_number_id, field, event, subject, raw::jsonb, content_hash, occurred_at
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[],
            $9::timestamptz[])
    as item (organization_id, business_account_id, phone_number_id, field, event, subject, raw, content_hash, occurred_at)
order by organization_id, content_hash
on conflict (organization_id, content_hash) do nothing
returning organization_id, content_hash;

-- is_newest --
-- Whether no later event of the same field is known about the same thing; at the same second the greater hash is the later one.
select not exists (
    select from account_events other
    where other.organization_id = $1 and other.field = $2 and other.subject = $3
      and (coalesce(other.occurred_at, other.received_at), other.content_hash) > (coalesce($4, now()), $5)
);
