-- page --
-- Raw webhooks of one organization, newest first, one more than the page; never their bodies.
select id, received_at, app, phone_number_id, outcome, reason, items, octet_length(body) as size, processed_at
from webhook_log
where organization_id = $1
  and ($2::timestamptz is null or (received_at, id) < ($2, $3::uuid))
  and ($4::text is null or outcome = $4)
  and ($5::text is null or phone_number_id = $5)
  and ($6::timestamptz is null or received_at >= $6)
  and ($7::timestamptz is null or received_at < $7)
order by received_at desc, id desc
limit $8 + 1 offset $9

-- count --
-- How many webhooks pass the filters, counted no further than 10,001.
select count(*)
from (
    select 1
    from webhook_log
    where organization_id = $1
      and ($2::text is null or outcome = $2)
      and ($3::text is null or phone_number_id = $3)
      and ($4::timestamptz is null or received_at >= $4)
      and ($5::timestamptz is null or received_at < $5)
    limit 10001
) counted

-- selected --
-- Raw webhooks of a selection that can be replayed, oldest first: named ones, or those that pass a filter.
select received_at, id
from webhook_log
where organization_id = $1
  and body is not null
  and ($2::uuid[] is null
       or (received_at, id) in (select named.at, named.id from unnest($3::timestamptz[], $2::uuid[]) as named (at, id)))
  and ($4::text is null or outcome = $4)
  and ($5::text is null or phone_number_id = $5)
  and ($6::timestamptz is null or received_at >= $6)
  and ($7::timestamptz is null or received_at < $7)
order by received_at, id
limit $8

-- whole --
-- Raw webhooks as they came; few at once, since each can have 4 MiB.
select id, received_at, app, sha256, body
from webhook_log
where organization_id = $1
  and body is not null
  and (received_at, id) in (select named.at, named.id from unnest($2::timestamptz[], $3::uuid[]) as named (at, id))
order by received_at, id
