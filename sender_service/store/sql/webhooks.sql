-- log --
-- Keep raw webhooks; a repeat of a delivery changes nothing, a replay may better the outcome of one that was not processed.
insert into webhook_log as log
    (received_at, id, organization_id, phone_number_id, app, sha256, body, outcome, reason, items)
select received_at, id, organization_id, phone_number_id, app, sha256, body, outcome, reason, items
from unnest($1::timestamptz[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::text[],
            $9::text[], $10::integer[])
    as item (received_at, id, organization_id, phone_number_id, app, sha256, body, outcome, reason, items)
order by received_at, id
on conflict (received_at, id) do update
set outcome = excluded.outcome,
    reason = excluded.reason,
    items = excluded.items,
    organization_id = excluded.organization_id,
    phone_number_id = excluded.phone_number_id,
    processed_at = now()
where log.outcome <> 'processed' and excluded.outcome <> log.outcome;

-- set_aside --
-- Keep items that cannot be a row of their own, once per webhook.
insert into set_aside_items (organization_id, webhook_id, reason, raw, received_at)
select organization_id, webhook_id, reason, raw::jsonb, received_at
from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
    as item (organization_id, webhook_id, reason, raw, received_at)
where not exists (
    select from set_aside_items kept where kept.webhook_id = item.webhook_id and kept.raw = item.raw::jsonb
);

-- to_replay --
-- Raw webhooks after a cursor, in the order they came, narrowed by time, outcome, number or id.
select received_at, id, app, sha256, body
from webhook_log
where (received_at, id) > ($1, $2)
  and received_at < $3
  and ($4::text is null or outcome = $4)
  and ($5::text is null or phone_number_id = $5)
  and ($6::uuid[] is null or id = any($6))
  and body is not null
order by received_at, id
limit $7;
