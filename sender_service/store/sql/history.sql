-- page --
-- An organization's messages that pass every filter given, newest first, one more than the page.
select *
from colomba.messages
where organization_id = $1
  and ($2::bigint is null or id < $2)
  and ($3::bigint is null or lead_id = $3)
  and ($4::bigint is null or conversation_id = $4)
  and ($5::bigint[] is null or conversation_id = any($5))
  and ($6::text is null or direction = $6)
  and ($7::text is null or status = $7)
  and ($8::text is null or type = $8)
  and ($9::bigint is null or campaign_id = $9)
  and ($10::text is null or phone_number_id = $10)
  and ($11::timestamptz is null or (id >= colomba.message_id_at($1, $11) and created_at >= $11))
  and ($12::timestamptz is null or (id < colomba.message_id_at($1, $12 + interval '2 minutes') and created_at < $12))
  and ($13::bigint[] is null or id = any($13))
order by id desc
limit $14 + 1 offset $15

-- count --
-- How many messages pass the filters, counted no further than 10,001.
select count(*)
from (
    select 1
    from colomba.message_log log
    left join colomba.send_queue queue on queue.message_id = log.id and $7::text is not null
    where log.organization_id = $1
      and ($2::bigint is null or true)
      and ($3::bigint is null or log.lead_id = $3)
      and ($4::bigint is null or log.conversation_id = $4)
      and ($5::bigint[] is null or log.conversation_id = any($5))
      and ($6::text is null or log.direction = $6)
      and ($7::text is null or coalesce(queue.state, log.status) = $7)
      and ($8::text is null or log.type = $8)
      and ($9::bigint is null or log.campaign_id = $9)
      and ($10::text is null or log.phone_number_id = $10)
      and ($11::timestamptz is null or (log.id >= colomba.message_id_at($1, $11) and log.created_at >= $11))
      and ($12::timestamptz is null
           or (log.id < colomba.message_id_at($1, $12 + interval '2 minutes') and log.created_at < $12))
      and ($13::bigint[] is null or log.id = any($13))
    limit 10001
) counted

-- get --
-- One message.
select * from colomba.messages where organization_id = $1 and id = $2

-- timeline --
-- Every status Meta reported for a message, in Meta's order of time.
select attempt, status, nullif(participant, '') as participant, at, received_at, error_code, error_message
from colomba.message_status_events
where organization_id = $1 and message_id = $2
order by at, received_at

-- attempts --
-- Every call made for a message, with what was sent and answered, redacted when it was written.
select attempt, outcome, wamid as external_id, error_code, error_message, request, answer, started_at, finished_at
from colomba.message_attempts
where organization_id = $1 and message_id = $2
order by attempt, started_at

-- conversations_of_contact --
-- The conversations of a contact, one per number.
select id from colomba.conversations where organization_id = $1 and contact_id = $2
