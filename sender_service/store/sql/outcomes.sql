-- settle --
-- Record calls that settled their message, also in the history: accepted, or refused for good. A status that came first is never taken back. What is deleted is probed for by its key: a queue that statistics call empty would be read from end to end.
with item as materialized (
    select item.*
    from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::integer[], $7::text[],
                $8::timestamptz[], $9::timestamptz[], $10::text[], $11::jsonb[], $12::jsonb[])
        as item (organization_id, message_id, attempt, outcome, wamid, error_code, error_message, at, started_at, remembered_as,
                 request, answer)
), remembered as (
    insert into message_attempts
        (organization_id, started_at, message_id, attempt, outcome, wamid, error_code, error_message, request, answer)
    select organization_id, started_at, message_id, attempt, remembered_as, wamid, error_code, error_message, request, answer
    from item
), gone as (
    delete from send_queue queue
    where queue.message_id = any (array(
        select item.message_id
        from item
        cross join lateral (
            select waiting.state, waiting.attempt from send_queue waiting where waiting.message_id = item.message_id
            offset 0
            for update
        ) as waiting
        where waiting.state = 'sending' and waiting.attempt = item.attempt or item.outcome = 'sent'
    ))
), known as (
    insert into wamids (organization_id, wamid, message_id, attempt)
    select organization_id, wamid, message_id, attempt from item where wamid is not null
    order by organization_id, wamid
    on conflict do nothing
), certain as (
    delete from unknown_sends unknown
    where unknown.message_id = any (array(
        select item.message_id
        from item
        cross join lateral (
            select doubt.attempt from unknown_sends doubt where doubt.message_id = item.message_id
            offset 0
            for update
        ) as doubt
        where doubt.attempt = item.attempt or item.outcome = 'sent'
    ))
)
update message_log log
set status = case
        when log.status in ('sent', 'delivered', 'read', 'played') then log.status
        when log.status = 'failed' and log.attempt >= item.attempt then log.status
        when log.attempt > item.attempt and item.outcome = 'failed' then log.status
        else item.outcome end,
    attempt = greatest(log.attempt, item.attempt),
    external_id = case when log.attempt > item.attempt then coalesce(log.external_id, item.wamid)
                       else coalesce(item.wamid, log.external_id) end,
    error_code = case when log.status in ('sent', 'delivered', 'read', 'played', 'failed') then log.error_code else item.error_code end,
    error_message = case when log.status in ('sent', 'delivered', 'read', 'played', 'failed') then log.error_message
                         else item.error_message end,
    sent_at = case when item.outcome = 'sent' then least(log.sent_at, item.at) else log.sent_at end,
    failed_at = case when item.outcome = 'failed' and log.status not in ('sent', 'delivered', 'read', 'played')
                     then least(log.failed_at, item.at) else log.failed_at end,
    status_updated_at = now()
from item
where log.organization_id = item.organization_id and log.id = item.message_id;

-- note --
-- The lead of messages sent on its behalf gets a link, where the contact has none, and the message as a note, once.
with item as materialized (
    select log.organization_id, log.id, log.lead_id, log.contact_id, coalesce(log.text, log.template, log.type) as text
    from unnest($1::bigint[], $2::bigint[]) as item (organization_id, message_id)
    join message_log log on log.organization_id = item.organization_id and log.id = item.message_id
    where log.lead_id is not null
), linked as (
    insert into lead_links (organization_id, contact_id, lead_id, reason, message_id)
    select distinct on (organization_id, contact_id) organization_id, contact_id, lead_id, 'command', id
    from item
    where contact_id is not null
    order by organization_id, contact_id, id
    on conflict do nothing
    returning organization_id, contact_id, lead_id, message_id
), noted as (
    insert into lead_notes (organization_id, lead_id, message_id, text)
    select item.organization_id, item.lead_id, item.id, item.text
    from item
    where not exists (
        select from lead_notes note
        where note.organization_id = item.organization_id and note.lead_id = item.lead_id and note.message_id = item.id
    )
    order by item.id
)
select organization_id, contact_id, lead_id, message_id from linked;

-- requeue --
-- Put back what was certainly not accepted: ready at once, or waiting for its time.
with item as materialized (
    select item.*
    from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::float8[], $6::integer[], $7::text[])
        as item (organization_id, message_id, attempt, state, seconds, error_code, error_message)
    join send_queue queue on queue.message_id = item.message_id and queue.attempt = item.attempt and queue.state = 'sending'
    order by queue.message_id
    for no key update of queue
), back as (
    update send_queue queue
    set state = item.state, ready = item.state = 'queued', sending_since = null, last_code = item.error_code,
        tries = case when queue.last_code is not distinct from item.error_code then queue.tries + 1 else 1 end,
        due_at = case when item.state = 'retry_wait' then clock_timestamp() + make_interval(secs => item.seconds) end
    from item
    where queue.message_id = item.message_id
)
update message_log log
set status = item.state, attempt = greatest(log.attempt, item.attempt), error_code = item.error_code,
    error_message = item.error_message, status_updated_at = now()
from item
where log.organization_id = item.organization_id and log.id = item.message_id
  and log.status in ('queued', 'scheduled', 'retry_wait');

-- reclaim --
-- Queue again what had been taken for unknown and, as its own late answer says, was certainly not accepted: outside the order, which went on.
with item as materialized (
    select unknown.message_id, item.state, item.seconds, item.error_code, item.error_message
    from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::float8[], $6::integer[], $7::text[])
        as item (organization_id, message_id, attempt, state, seconds, error_code, error_message)
    join unknown_sends unknown on unknown.message_id = item.message_id and unknown.attempt = item.attempt
    order by unknown.message_id
    for update of unknown
), gone as (
    delete from unknown_sends unknown using item where unknown.message_id = item.message_id
    returning unknown.organization_id, unknown.message_id, unknown.attempt, unknown.phone_number_id, unknown.request,
              unknown.expires_at, unknown.template_id, item.state, item.seconds, item.error_code, item.error_message
), queued as (
    insert into send_queue
        (organization_id, message_id, phone_number_id, lane, recipient, state, ready, ordered, attempt, campaign_id, request,
         expires_at, template_id, last_code, tries, due_at)
    select gone.organization_id, gone.message_id, gone.phone_number_id, log.lane, log.recipient, gone.state,
           gone.state = 'queued', false, gone.attempt, log.campaign_id, gone.request, gone.expires_at, gone.template_id,
           gone.error_code, 1,
           case when gone.state = 'retry_wait' then clock_timestamp() + make_interval(secs => gone.seconds) end
    from gone
    join message_log log on log.organization_id = gone.organization_id and log.id = gone.message_id
    where log.status = 'unknown'
    on conflict do nothing
)
update message_log log
set status = gone.state, error_code = gone.error_code, error_message = gone.error_message, status_updated_at = now()
from gone
where log.organization_id = gone.organization_id and log.id = gone.message_id and log.status = 'unknown';

-- doubt --
-- Move calls whose answer was lost out of the queue; the answer is the messages that were still being sent.
with gone as materialized (
    delete from send_queue queue
    using (
        select queue.message_id, item.reason
        from unnest($1::bigint[], $2::smallint[], $3::text[]) as item (message_id, attempt, reason)
        join send_queue queue on queue.message_id = item.message_id and queue.attempt = item.attempt and queue.state = 'sending'
        order by queue.message_id
        for update of queue
    ) as item
    where queue.message_id = item.message_id
    returning queue.organization_id, queue.message_id, queue.attempt, queue.phone_number_id, queue.lane, queue.recipient,
              queue.template_id, queue.campaign_id, queue.expires_at, queue.request, item.reason
), kept as (
    insert into unknown_sends
        (organization_id, message_id, attempt, phone_number_id, echo_until, on_unknown, request, reason, expires_at,
         template_id)
    select gone.organization_id, gone.message_id, gone.attempt, gone.phone_number_id,
           clock_timestamp() + make_interval(secs => $4), log.on_unknown, gone.request, gone.reason, gone.expires_at,
           gone.template_id
    from gone
    join message_log log on log.organization_id = gone.organization_id and log.id = gone.message_id
    where log.status not in ('sent', 'delivered', 'read', 'played')
    on conflict (message_id) do update
    set attempt = excluded.attempt, since = now(), echo_until = excluded.echo_until, announced_at = null,
        request = excluded.request, reason = excluded.reason, expires_at = excluded.expires_at,
        template_id = excluded.template_id
)
update message_log log
set status = 'unknown', attempt = greatest(log.attempt, gone.attempt), error_code = null, error_message = gone.reason,
    status_updated_at = now()
from gone
where log.organization_id = gone.organization_id and log.id = gone.message_id
  and log.status not in ('sent', 'delivered', 'read', 'played')
  and not (log.status = 'failed' and log.attempt >= gone.attempt);

-- lapsed --
-- Calls without an outcome long after their time limit: their process died or froze.
select message_id, attempt
from send_queue
where state = 'sending' and ready and sending_since < clock_timestamp() - make_interval(secs => $1)
order by message_id
limit $2;

-- add_attempts --
-- Add calls that settled nothing to the history of attempts: when, what was asked and answered, and what came of it.
insert into message_attempts
    (organization_id, started_at, message_id, attempt, outcome, wamid, error_code, error_message, request, answer)
select organization_id, started_at, message_id, attempt, outcome, wamid, error_code, error_message, request, answer
from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::smallint[], $5::text[], $6::text[], $7::integer[], $8::text[],
            $9::jsonb[], $10::jsonb[])
    as item (organization_id, started_at, message_id, attempt, outcome, wamid, error_code, error_message, request, answer);
