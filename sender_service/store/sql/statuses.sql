-- match --
-- Which of our messages, and which attempt, Meta's message ids are.
select key.organization_id, key.wamid, known.message_id, known.attempt
from unnest($1::bigint[], $2::text[]) as key (organization_id, wamid)
join wamids known on known.organization_id = key.organization_id and known.wamid = key.wamid;

-- settle_sending --
-- Take messages out of the queue that Meta answered by a status: the attempt in flight, or a repetition that is no longer needed.
with echoed as (
    select queued.message_id
    from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::boolean[])
        as echo (organization_id, message_id, attempt, succeeded)
    join send_queue queued on queued.message_id = echo.message_id and queued.organization_id = echo.organization_id
    where (queued.state = 'sending' and queued.attempt = echo.attempt)
       or (queued.state <> 'sending' and echo.succeeded)
    order by queued.message_id
    for update of queued
)
delete from send_queue queued
using (select distinct message_id from echoed) as echoed
where queued.message_id = echoed.message_id
returning queued.phone_number_id;

-- settle_unknown --
-- End the doubt about sends whose answer was lost.
with echoed as (
    select unknown.message_id
    from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::boolean[])
        as echo (organization_id, message_id, attempt, succeeded)
    join unknown_sends unknown on unknown.message_id = echo.message_id and unknown.organization_id = echo.organization_id
    where unknown.attempt = echo.attempt or echo.succeeded
    order by unknown.message_id
    for update of unknown
)
delete from unknown_sends unknown
using (select distinct message_id from echoed) as echoed
where unknown.message_id = echoed.message_id
returning unknown.phone_number_id;

-- lock --
-- Lock our messages in key order and read what a status may change.
select message.organization_id, message.id, message.status, message.attempt, message.external_id, message.error_code,
       message.error_message, message.failed_at, message.phone_number_id, message.lead_id
from unnest($1::bigint[], $2::bigint[]) as key (organization_id, id)
join message_log message on message.organization_id = key.organization_id and message.id = key.id
where message.direction = 'outbound'
order by message.organization_id, message.id
for no key update of message;

-- record --
-- Add statuses to the history; only those that were new come back.
insert into message_status_events
    (organization_id, message_id, attempt, status, participant, at, wamid, error_code, error_message, pricing, raw)
select organization_id, message_id, attempt, status, participant, at, wamid, error_code, error_message, pricing::jsonb, raw::jsonb
from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::integer[],
            $9::text[], $10::text[], $11::text[])
    as item (organization_id, message_id, attempt, status, participant, at, wamid, error_code, error_message, pricing, raw)
order by organization_id, message_id, attempt, status, participant, at
on conflict do nothing
returning organization_id, message_id, attempt, status, participant, at;

-- history --
-- Everything known of the attempts of messages that were tried more than once.
select event.organization_id, event.message_id, event.attempt, event.status, event.at, event.wamid, event.error_code,
       event.error_message
from unnest($1::bigint[], $2::bigint[]) as key (organization_id, id)
join message_status_events event on event.organization_id = key.organization_id and event.message_id = key.id
union all
select attempt.organization_id, attempt.message_id, attempt.attempt, attempt.outcome, attempt.finished_at, attempt.wamid,
       attempt.error_code, attempt.error_message
from unnest($1::bigint[], $2::bigint[]) as key (organization_id, id)
join message_attempts attempt on attempt.organization_id = key.organization_id and attempt.message_id = key.id;

-- advance --
-- Write the new state of locked messages; times keep the earliest report of each step.
update message_log message
set status = item.status,
    attempt = item.attempt,
    external_id = item.external_id,
    error_code = item.error_code,
    error_message = item.error_message,
    failed_at = item.failed_at,
    sent_at = least(message.sent_at, item.sent_at),
    delivered_at = least(message.delivered_at, item.delivered_at),
    read_at = least(message.read_at, item.read_at),
    played_at = least(message.played_at, item.played_at),
    pricing = greatest(message.pricing, item.pricing::jsonb),
    status_updated_at = now()
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::smallint[], $5::text[], $6::integer[], $7::text[], $8::timestamptz[],
            $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[])
    as item (organization_id, id, status, attempt, external_id, error_code, error_message, failed_at, sent_at, delivered_at,
             read_at, played_at, pricing)
where message.organization_id = item.organization_id and message.id = item.id;

-- learn --
-- Remember Meta's ids of messages whose answer we never saw.
insert into wamids (organization_id, wamid, message_id, attempt)
select organization_id, wamid, message_id, attempt
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::smallint[]) as item (organization_id, wamid, message_id, attempt)
order by organization_id, wamid
on conflict (organization_id, wamid) do nothing;

-- park --
-- Keep statuses that belong to no message we know yet.
insert into parked_statuses (organization_id, phone_number_id, wamid, status, participant, at, raw)
select organization_id, phone_number_id, wamid, status, participant, at, raw::jsonb
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
    as item (organization_id, phone_number_id, wamid, status, participant, at, raw)
order by organization_id, wamid, status, participant, at
on conflict (organization_id, wamid, status, participant, at) do nothing;

-- take_parked --
-- Parked statuses whose turn has come; each further try is later than the one before, from 5 seconds to an hour.
with due as (
    select organization_id, id
    from parked_statuses
    where due_at <= now()
    order by due_at
    limit $1
    for update skip locked
)
update parked_statuses parked
set tries = parked.tries + 1,
    due_at = now() + least(interval '1 hour', interval '5 seconds' * power(2, greatest(0, least(parked.tries, 72) - 60)))
from due
where parked.organization_id = due.organization_id and parked.id = due.id
returning parked.organization_id, parked.id, parked.phone_number_id, parked.raw;

-- count_parked --
-- How many statuses wait for their message, counted no further than 10,000.
select count(*) from (select from parked_statuses limit 10000) as waiting;

-- unpark --
-- Forget parked statuses that found their message.
delete from parked_statuses parked
using unnest($1::bigint[], $2::bigint[]) as key (organization_id, id)
where parked.organization_id = key.organization_id and parked.id = key.id;
