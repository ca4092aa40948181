-- claim --
-- Take ids for messages from before that were never seen: downwards, in the order given.
with numbered as materialized (
    select organization_id, wamid, nextval('colomba.past_message_ids') as message_id
    from unnest($1::bigint[], $2::text[]) as item (organization_id, wamid)
)
insert into wamids (organization_id, wamid, message_id)
select organization_id, wamid, message_id
from numbered
order by organization_id, wamid
on conflict (organization_id, wamid) do nothing
returning organization_id, wamid, message_id;

-- add --
-- Write messages from before: read, without a lead, with Meta's time.
insert into message_log
    (organization_id, id, direction, phone_number_id, contact_id, conversation_id, type, status, external_id, recipient, text,
     content, context_wamid, error_code, error_message, warning, source, is_read, created_at, sent_at, failed_at)
select organization_id, id, direction, phone_number_id, contact_id, conversation_id, type, status, external_id, recipient, text,
       content::jsonb, context_wamid, error_code, error_message, warning, 'history', true, created_at,
       case when direction = 'outbound' and status <> 'failed' then created_at end,
       case when status = 'failed' then created_at end
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::integer[], $15::text[], $16::text[], $17::timestamptz[])
    as item (organization_id, id, direction, phone_number_id, contact_id, conversation_id, type, status, external_id, recipient,
             text, content, context_wamid, error_code, error_message, warning, created_at);

-- retell --
-- Complete messages from before that are told again: the file instead of its placeholder, the status that is further.
with item as materialized (
    select item.*, known.id, known.type as known_type, known.status as known_status, known.direction
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[])
        as item (organization_id, wamid, type, text, content, status, error_code, error_message)
    cross join lateral (
        select log.id, log.type, log.status, log.direction
        from wamids claimed
        join message_log log on log.organization_id = claimed.organization_id and log.id = claimed.message_id
        where claimed.organization_id = item.organization_id and claimed.wamid = item.wamid and claimed.message_id < 0
        offset 0
        for no key update of log
    ) as known
), told as materialized (
    select item.*,
           known_type = $9 and type <> $9 as is_file,
           direction = 'outbound' and array_position($10::text[], status) > array_position($10::text[], known_status) as is_further
    from item
), shown as (
    update conversations conversation
    set last_message_text = told.text
    from told
    where is_file and conversation.organization_id = told.organization_id and conversation.last_message_id = told.id
      and conversation.id = (select log.conversation_id from message_log log
                             where log.organization_id = told.organization_id and log.id = told.id)
)
update message_log log
set type = case when is_file then told.type else log.type end,
    text = case when is_file then told.text else log.text end,
    content = case when is_file then told.content::jsonb else log.content end,
    status = case when is_further then told.status else log.status end,
    error_code = case when is_further then told.error_code else log.error_code end,
    error_message = case when is_further then told.error_message else log.error_message end,
    sent_at = case when not is_further then log.sent_at when told.status <> 'failed' then log.created_at end,
    failed_at = case when is_further and told.status = 'failed' then log.created_at else log.failed_at end
from told
where log.organization_id = told.organization_id and log.id = told.id and (is_file or is_further)
returning log.organization_id, told.wamid, case when is_file then log.id end;

-- give_way --
-- Forget messages from before that arrive live after all: they are recorded anew, as what they are.
with known as materialized (
    select claimed.organization_id, claimed.wamid, claimed.message_id
    from unnest($1::bigint[], $2::text[]) as item (organization_id, wamid)
    join wamids claimed on claimed.organization_id = item.organization_id and claimed.wamid = item.wamid
    where claimed.message_id < 0
    order by claimed.organization_id, claimed.wamid
    for update of claimed
), claims as (
    delete from wamids claimed
    using known
    where claimed.organization_id = known.organization_id and claimed.wamid = known.wamid
), files as (
    delete from media_files file
    using known
    where file.organization_id = known.organization_id and file.message_id = known.message_id
)
delete from message_log log
using known
where log.organization_id = known.organization_id and log.id = known.message_id
returning log.organization_id, log.id;
