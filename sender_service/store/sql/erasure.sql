-- begin --
-- Lock a contact for its erasure and tell what it is known by; the lock keeps new messages from linking meanwhile.
select contact.id, contact.wa_id, contact.phone, contact.bsuid, link.lead_id,
       array(select alias.value from colomba.contact_aliases alias
             where alias.organization_id = contact.organization_id and alias.contact_id = contact.id) as aliases
from colomba.contacts contact
left join colomba.lead_links link on link.organization_id = contact.organization_id and link.contact_id = contact.id
where contact.organization_id = $1 and contact.id = $2 and contact.merged_into is null
for update of contact

-- cancel --
-- Nothing more is sent to the contact.
with gone as (
    delete from colomba.send_queue queue
    using colomba.message_log log
    where log.organization_id = $1 and log.conversation_id = any(
              select id from colomba.conversations where organization_id = $1 and contact_id = $2)
      and queue.message_id = log.id and queue.organization_id = $1 and queue.state <> 'sending'
    returning queue.message_id
)
update colomba.message_log log set status = 'cancelled', status_updated_at = now()
from gone
where log.organization_id = $1 and log.id = gone.message_id

-- messages --
-- Empty up to so many messages of the contact below an id, newest first; their ids.
with item as (
    select log.id
    from colomba.message_log log
    where log.organization_id = $1
      and log.conversation_id = any(select id from colomba.conversations where organization_id = $1 and contact_id = $2)
      and ($3::bigint is null or log.id < $3)
    order by log.id desc
    limit $4
)
update colomba.message_log log
set text = null, content = '{}', metadata = null, external_id = null, context_wamid = null, command_id = null,
    recipient = case when log.direction = 'outbound' then 'erased' end
from item
where log.organization_id = $1 and log.id = item.id
returning log.id

-- traces --
-- Empty what else is kept about these messages: attempts, reports, doubts, ids of Meta.
with attempts as (
    update colomba.message_attempts set request = null, answer = null, wamid = null, error_message = null
    where organization_id = $1 and message_id = any($2)
), reports as (
    update colomba.message_status_events set raw = null, wamid = null
    where organization_id = $1 and message_id = any($2)
), doubts as (
    delete from colomba.unknown_sends where organization_id = $1 and message_id = any($2)
), campaign as (
    update colomba.campaign_recipients recipient
    set recipient = 'erased:' || recipient.ordinal, variables = '{}'
    from colomba.message_log log
    where log.organization_id = $1 and log.id = any($2) and log.campaign_id is not null
      and recipient.organization_id = $1 and recipient.campaign_id = log.campaign_id and recipient.message_id = log.id
)
delete from colomba.wamids where organization_id = $1 and message_id = any($2)

-- files --
-- Forget the files of these messages; the paths of what was kept.
update colomba.media_files file
set status = 'deleted', path = null, filename = null, sha256 = null, meta_id = null, due_at = null
from (select id, path from colomba.media_files where organization_id = $1 and message_id = any($2)) as before
where file.organization_id = $1 and file.id = before.id
returning before.path

-- lead --
-- Empty the lead of the contact and delete its notes.
with notes as (
    delete from colomba.lead_notes where organization_id = $1 and lead_id = $2
)
update colomba.leads set name = 'Erased', phone = null, external_ref = null, updated_at = now()
where organization_id = $1 and id = $2

-- contact --
-- Empty the contact itself, its conversations and its former identifiers.
with aliases as (
    delete from colomba.contact_aliases where organization_id = $1 and contact_id = $2
), conversations as (
    update colomba.conversations
    set subject = 'WhatsApp: erased', last_message_text = null, last_customer_wamid = null, unread_count = 0, status = 'closed'
    where organization_id = $1 and contact_id = $2
)
update colomba.contacts
set wa_id = null, phone = null, bsuid = null, parent_bsuid = null, username = null, profile_name = null, display_name = null,
    app_name = null, business_name = null, language = null, tags = '{}', marketing_opted_out_at = null, erased_at = now(), updated_at = now()
where organization_id = $1 and id = $2

-- letters --
-- Empty dead letters that mention one of these identifiers.
update colomba.dead_letters
set body = '', headers = '{}', error = null, status = case when status = 'open' then 'discarded' else status end
where organization_id = $1
  and exists (select from unnest($2::text[]) as known where position(convert_to(known, 'UTF8') in body) > 0)

-- parked --
-- Forget parked statuses and items set aside that mention one of these identifiers.
with parked as (
    delete from colomba.parked_statuses
    where organization_id = $1 and exists (select from unnest($2::text[]) as known where position(known in raw::text) > 0)
)
delete from colomba.set_aside_items
where organization_id = $1 and exists (select from unnest($2::text[]) as known where position(known in raw::text) > 0)

-- webhooks --
-- Empty raw webhooks of a span of time that mention one of these identifiers; a shared webhook is emptied whole.
update colomba.webhook_log set body = null
where organization_id = $1 and received_at >= $3 and received_at < $4 and body is not null
  and exists (select from unnest($2::text[]) as known where position(convert_to(known, 'UTF8') in body) > 0)

-- oldest_webhook --
-- Since when raw webhooks are kept.
select min(received_at) from colomba.webhook_log
