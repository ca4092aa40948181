-- enqueue --
-- Claim the keys of a batch of commands, make the contacts and conversations they need, log the messages, queue those that may go, show in each conversation what was said last, and keep what is told of it: all of it, or nothing where another transaction made the same. For a single one the intent of its first attempt may be asked for with it.
with item as materialized (
    select item.*
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::text[], $15::jsonb[], $16::text[],
                $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::integer[], $23::text[], $24::text[],
                $25::boolean[], $26::timestamptz[], $27::timestamptz[], $28::bigint[], $29::jsonb[], $30::bytea[],
                $31::text[], $32::text[], $33::text[])
        as item (organization_id, id, phone_number_id, contact_id, conversation_id, lead_id, campaign_id, type, status, lane,
                 recipient, text, content, template, metadata, source, command_id, traceparent, context_wamid, group_id,
                 on_unknown, error_code, error_message, warning, ordered, due_at, expires_at, template_id, request, body_hash,
                 new_phone, new_bsuid, new_subject)
), claimed as (
    insert into command_keys (organization_id, source, key, body_hash, message_id)
    select organization_id, source, command_id, body_hash, id
    from item
    order by organization_id, source, command_id
), made as (
    insert into contacts (organization_id, id, phone, bsuid)
    select distinct organization_id, contact_id, new_phone, new_bsuid
    from item
    where new_phone is not null or new_bsuid is not null
    order by organization_id, new_phone, new_bsuid
), logged as (
    insert into message_log
        (organization_id, id, direction, phone_number_id, contact_id, conversation_id, lead_id, campaign_id, type, status, lane,
         recipient, text, content, template, metadata, source, command_id, traceparent, context_wamid, group_id, on_unknown,
         error_code, error_message, warning, failed_at)
    select organization_id, id, 'outbound', phone_number_id, contact_id, conversation_id, lead_id, campaign_id, type, status,
           lane, recipient, text, content, template, metadata, source, command_id, traceparent, context_wamid, group_id,
           on_unknown, error_code, error_message, warning, case when status = 'failed' then now() end
    from item
), said as (
    select distinct on (organization_id, conversation_id) organization_id, conversation_id, id, phone_number_id, contact_id,
           new_subject, coalesce(text, template, type) as text
    from item
    where conversation_id is not null
    order by organization_id, conversation_id, id desc
), opened as (
    insert into conversations
        (organization_id, id, phone_number_id, contact_id, subject, last_message_id, last_message_at, last_message_text,
         last_message_direction)
    select organization_id, conversation_id, phone_number_id, contact_id, new_subject, id, now(), text, 'outbound'
    from said
    where new_subject is not null
    order by organization_id, phone_number_id, contact_id
), locked as materialized (
    select said.*
    from said
    cross join lateral (
        select from conversations conversation
        where conversation.organization_id = said.organization_id and conversation.id = said.conversation_id
        offset 0
        for no key update
    ) as conversation
    where new_subject is null
), shown as (
    update conversations conversation
    set last_message_id = locked.id, last_message_at = now(), last_message_text = locked.text,
        last_message_direction = 'outbound'
    from locked
    where conversation.organization_id = locked.organization_id and conversation.id = locked.conversation_id
      and (conversation.last_message_at is null or conversation.last_message_at <= now())
), intended as materialized (
    select queue.organization_id, queue.phone_number_id, queue.message_id, asked.epoch
    from (select $35::bigint as epoch, $36::text as owner) as asked
    cross join (select item.*, item.id as message_id from item where status = 'queued') as queue
    where asked.epoch is not null and {may_go}
), queued as (
    insert into send_queue
        (organization_id, message_id, phone_number_id, lane, recipient, state, ready, ordered, due_at, expires_at, campaign_id,
         template_id, request, attempt, epoch, sending_since)
    select item.organization_id, id, item.phone_number_id, lane, recipient,
           case when intended.epoch is null then status else 'sending' end, status = 'queued', ordered, due_at, expires_at,
           campaign_id, template_id, request, case when intended.epoch is null then 0 else 1 end, intended.epoch,
           case when intended.epoch is not null then clock_timestamp() end
    from item
    left join intended on intended.message_id = item.id
    where status in ('queued', 'scheduled')
    order by id
), counted as (
    {counted}
), told as (
    insert into outbox (events)
    select $34::jsonb where jsonb_array_length($34::jsonb) > 0
    returning id
)
select (select id from told) as outbox_id, exists (select from intended) as is_intended;

-- read --
-- The next rows past a cursor, of each of these numbers and lanes.
select next.*
from unnest($1::text[], $2::text[], $3::bigint[]) as item (number, lane, after)
cross join lateral (
    select organization_id, message_id, phone_number_id, lane, recipient, ordered, attempt, tries, last_code, due_at, expires_at,
           template_id, campaign_id, request
    from send_queue queue
    where phone_number_id = item.number and lane = item.lane and message_id > item.after and ready and state = 'queued'
      and {not_held}
    order by message_id
    limit $4
) as next
order by message_id;

-- read_behind --
-- Rows behind the cursor that memory does not hold: late commits, and what was queued again.
select organization_id, message_id, phone_number_id, lane, recipient, ordered, attempt, tries, last_code, due_at, expires_at,
       template_id, campaign_id, request
from send_queue queue
where phone_number_id = $1 and lane = $2 and message_id <= $3 and ready and state = 'queued'
  and message_id <> all ($4::bigint[])
  and {not_held}
order by message_id
limit $5;

-- with_work --
-- Which of these numbers have rows past their cursors, one for each lane; "order by" makes it a probe of the index.
select item.number
from unnest($1::text[], $2::bigint[], $3::bigint[]) as item (number, priority, bulk)
where (
        select queue.message_id from send_queue queue
        where queue.phone_number_id = item.number and queue.lane = 'priority' and queue.message_id > item.priority
          and queue.ready and queue.state = 'queued'
        order by queue.message_id
        limit 1
    ) is not null
    or (
        select queue.message_id from send_queue queue
        where queue.phone_number_id = item.number and queue.lane = 'bulk' and queue.message_id > item.bulk
          and queue.ready and queue.state = 'queued'
        order by queue.message_id
        limit 1
    ) is not null;

-- with_work_behind --
-- Which of these numbers have rows up to their cursors, one for each lane; memory may hold them already.
select item.number
from unnest($1::text[], $2::bigint[], $3::bigint[]) as item (number, priority, bulk)
where (
        select queue.message_id from send_queue queue
        where queue.phone_number_id = item.number and queue.lane = 'priority' and queue.message_id <= item.priority
          and queue.ready and queue.state = 'queued'
        order by queue.message_id
        limit 1
    ) is not null
    or (
        select queue.message_id from send_queue queue
        where queue.phone_number_id = item.number and queue.lane = 'bulk' and queue.message_id <= item.bulk
          and queue.ready and queue.state = 'queued'
        order by queue.message_id
        limit 1
    ) is not null;

-- put_off --
-- Rows whose recipient must wait go back until their turn, so that memory holds only what is about to go.
update send_queue queue
set ready = false, due_at = clock_timestamp() + make_interval(secs => item.seconds)
from (
    select item.message_id, item.seconds
    from unnest($1::bigint[], $2::float8[]) as item (message_id, seconds)
    join send_queue locked on locked.message_id = item.message_id and locked.state = 'queued' and locked.ready
    order by locked.message_id
    for no key update of locked
) as item
where queue.message_id = item.message_id;

-- hasten --
-- Rows that were put off are due now, where no earlier message of their recipient is open any more.
update send_queue queue
set due_at = clock_timestamp()
from (
    select queue.message_id
    from send_queue queue
    where queue.message_id = any ($1::bigint[]) and queue.state = 'queued' and not queue.ready
      and not exists (
          select from {earlier}
            and earlier.ordered and earlier.state <> 'scheduled'
      )
    order by queue.message_id
    for no key update of queue
) as item
where queue.message_id = item.message_id;

-- due --
-- Make the rows of these numbers ready whose time has come, in order, at most so many at once.
with item as materialized (
    select message_id, state
    from send_queue
    where not ready and due_at <= clock_timestamp() and phone_number_id = any ($1::text[])
    order by due_at, message_id
    limit $2
    for no key update skip locked
), changed as (
    update send_queue queue
    set ready = true, state = 'queued', due_at = case when queue.state = 'queued' then queue.due_at end
    from item
    where queue.message_id = item.message_id
    returning queue.*
), told as (
    update message_log log
    set status = 'queued', status_updated_at = now()
    from changed
    join item on item.message_id = changed.message_id and item.state <> 'queued'
    where log.organization_id = changed.organization_id and log.id = changed.message_id
)
select organization_id, message_id, phone_number_id, lane, recipient, ordered, attempt, tries, last_code, due_at, expires_at,
       template_id, campaign_id, request
from changed
order by message_id;

-- intend --
-- Write the intent to make attempt n, where it still may be made: lease, pauses, expiry and the recipient's order are judged here. Each look-up is a probe of an index, whatever the planner knows of a queue that was empty a moment ago.
with asked as materialized (
    select item.*, $4::text as owner
    from unnest($1::bigint[], $2::smallint[], $3::bigint[]) as item (message_id, attempt, epoch)
    order by item.message_id
), item as materialized (
    select queue.message_id
    from asked
    cross join lateral (
        select waiting.* from send_queue waiting where waiting.message_id = asked.message_id offset 0 for no key update
    ) as queue
    where queue.ready
      and (queue.state = 'queued' and queue.attempt = asked.attempt - 1
           or queue.state = 'sending' and queue.attempt = asked.attempt and queue.epoch = asked.epoch)
      and {may_go}
      and (queue.attempt = 0 or not exists (
          select from message_log log
          where log.organization_id = queue.organization_id and log.id = queue.message_id
            and log.status in ('sent', 'delivered', 'read', 'played')
      ))
), intended as (
    update send_queue queue
    set state = 'sending', attempt = case when queue.state = 'queued' then queue.attempt + 1 else queue.attempt end,
        epoch = (select lease.epoch from number_leases lease where lease.phone_number_id = queue.phone_number_id),
        sending_since = clock_timestamp(), due_at = null
    where queue.message_id = any (array(select message_id from item))
    returning queue.organization_id, queue.phone_number_id, queue.message_id
), counted as (
    {counted}
)
select message_id from intended;

-- why_not --
-- Why rows were not granted an intent; a row that is missing is gone.
select queue.message_id,
       case
           when queue.state <> 'queued' or not queue.ready then 'elsewhere'
           when queue.expires_at <= clock_timestamp() then 'expired'
           when queue.attempt > 0 and log.status in ('sent', 'delivered', 'read', 'played') then 'settled'
           when {template_stopped} then 'template'
           when campaign.status in ('paused', 'cancelled') then 'campaign'
           when number.paused_at is not null or number.credential_paused_at is not null or account.paused_at is not null
               then 'paused'
           when number.held_until > clock_timestamp() then 'held'
           when lease.owner <> $2 or lease.expires_at <= clock_timestamp() then 'lease'
           else 'order'
       end as reason,
       coalesce((
           select extract(epoch from max(earlier.due_at) - clock_timestamp())
           from {earlier} and earlier.state = 'retry_wait'
       ), 0)::float8 as seconds
from send_queue queue
join phone_numbers number on number.organization_id = queue.organization_id and number.id = queue.phone_number_id
join business_accounts account on account.organization_id = number.organization_id and account.id = number.business_account_id
join message_log log on log.organization_id = queue.organization_id and log.id = queue.message_id
left join number_leases lease on lease.phone_number_id = queue.phone_number_id
left join templates template on template.organization_id = queue.organization_id and template.id = queue.template_id
left join campaigns campaign on campaign.organization_id = queue.organization_id and campaign.id = queue.campaign_id
where queue.message_id = any ($1::bigint[]);

-- expire --
-- Take rows out whose time has passed and which nobody is sending, at most so many at once.
with item as materialized (
    select message_id
    from send_queue
    where expires_at <= clock_timestamp() and state <> 'sending'
    order by message_id
    limit $1
    for update skip locked
), gone as (
    delete from send_queue queue using item where queue.message_id = item.message_id
    returning queue.organization_id, queue.message_id, queue.phone_number_id, queue.attempt, queue.request
), told as (
    update message_log log set status = 'expired', status_updated_at = now()
    from gone
    where log.organization_id = gone.organization_id and log.id = gone.message_id
)
select organization_id, message_id, phone_number_id, attempt, request from gone order by message_id;

-- refuse --
-- Fail rows that may not go any more and that nobody is sending; a status that came first is never taken back, nor told again.
with item as materialized (
    select queue.message_id, item.code, item.reason
    from unnest($1::bigint[], $2::smallint[], $3::integer[], $4::text[]) as item (message_id, attempt, code, reason)
    join send_queue queue on queue.message_id = item.message_id and queue.attempt = item.attempt and queue.state = 'queued'
    order by queue.message_id
    for update of queue
), gone as (
    delete from send_queue queue using item where queue.message_id = item.message_id
    returning queue.organization_id, queue.message_id, item.code, item.reason
)
update message_log log
set status = 'failed', error_code = gone.code, error_message = gone.reason, failed_at = now(), status_updated_at = now()
from gone
where log.organization_id = gone.organization_id and log.id = gone.message_id
  and log.status not in ('sent', 'delivered', 'read', 'played', 'failed')
returning log.id as message_id, now() as at;

-- cancel --
-- Take messages of one organization out of the queue; those being sent or settled are too late and not told.
with item as materialized (
    select message_id
    from send_queue
    where organization_id = $1 and message_id = any ($2::bigint[]) and state <> 'sending'
    order by message_id
    for update
), gone as (
    delete from send_queue queue using item where queue.message_id = item.message_id
    returning queue.organization_id, queue.message_id
), told as (
    update message_log log set status = 'cancelled', status_updated_at = now()
    from gone
    where log.organization_id = gone.organization_id and log.id = gone.message_id
)
select message_id from gone;

-- cancel_campaign --
-- Take up to so many waiting messages of a campaign out of the queue.
with item as materialized (
    select message_id
    from send_queue
    where organization_id = $1 and campaign_id = $2 and state <> 'sending'
    order by message_id
    limit $3
    for update
), gone as (
    delete from send_queue queue using item where queue.message_id = item.message_id
    returning queue.organization_id, queue.message_id
), told as (
    update message_log log set status = 'cancelled', status_updated_at = now()
    from gone
    where log.organization_id = gone.organization_id and log.id = gone.message_id
)
select message_id from gone;

-- cancel_all --
-- Take up to so many waiting messages of an organization out of the queue.
with item as materialized (
    select message_id
    from send_queue
    where organization_id = $1 and state <> 'sending'
    order by message_id
    limit $2
    for update
), gone as (
    delete from send_queue queue using item where queue.message_id = item.message_id
    returning queue.organization_id, queue.message_id
), told as (
    update message_log log set status = 'cancelled', status_updated_at = now()
    from gone
    where log.organization_id = gone.organization_id and log.id = gone.message_id
)
select message_id from gone;

-- notify --
-- Tell whoever listens that numbers have something to send.
select pg_notify($1, $2);

-- fragment earlier --
-- What was accepted before a row of the queue for the same recipient in the same lane; "+ 0" keeps the primary key out of the search.
send_queue earlier
where earlier.phone_number_id = queue.phone_number_id and earlier.recipient = queue.recipient
  and earlier.lane = queue.lane and earlier.message_id + 0 < queue.message_id

-- fragment may_go --
-- What a first byte needs beside the state of its row: lease, nothing paused or held, not expired, the recipient's order. `queue` is the message, `asked` who asks with which epoch.
(queue.expires_at is null or queue.expires_at > clock_timestamp())
and exists (
    select from number_leases lease
    where lease.phone_number_id = queue.phone_number_id and lease.epoch = asked.epoch and lease.owner = asked.owner
      and lease.expires_at > clock_timestamp()
    offset 0
)
and exists (
    select from phone_numbers number
    where number.organization_id = queue.organization_id and number.id = queue.phone_number_id
      and number.paused_at is null and number.credential_paused_at is null
      and (number.held_until is null or number.held_until <= clock_timestamp())
      and exists (
          select from business_accounts account
          where account.organization_id = number.organization_id and account.id = number.business_account_id
            and account.paused_at is null
          offset 0
      )
    offset 0
)
and {not_held}
and (not queue.ordered or not exists (
    select from {earlier}
      and earlier.ordered and earlier.state <> 'scheduled'
))

-- fragment counted --
-- What was `intended` counts for the hour in which it is written.
insert into number_usage as used (organization_id, phone_number_id, hour, intents)
select organization_id, phone_number_id, date_trunc('hour', now()), count(*)
from intended
group by organization_id, phone_number_id
order by phone_number_id
on conflict (phone_number_id, hour) do update set intents = used.intents + excluded.intents

-- fragment not_held --
-- Neither the campaign nor the template of a row of the queue holds it back; "offset 0" keeps each a probe of a key.
not exists (
    select from campaigns campaign
    where campaign.organization_id = queue.organization_id and campaign.id = queue.campaign_id
      and campaign.status in ('paused', 'cancelled')
    offset 0
)
and not exists (
    select from templates template
    where template.organization_id = queue.organization_id and template.id = queue.template_id and {template_stopped}
    offset 0
)

-- fragment template_stopped --
(template.paused_at is not null or template.disabled_at is not null
 or template.status in ('PAUSED', 'DISABLED', 'REJECTED', 'DELETED', 'LOCKED', 'ARCHIVED'))
