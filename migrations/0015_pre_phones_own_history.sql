-- What a business brings along from its own phone: chats from before, and the names in its address book.
-- depends: 0014_pre_drop_spare_rows

-- The name the business's phone has for a contact, and Meta's time of its last change or removal.
alter table colomba.contacts
    add column app_name text,
    add column app_name_at timestamptz;

-- Ids of messages from before count down from -1, newest first: every list is in the order of ids, and they belong below
-- all that came since. Only they are negative.
create sequence colomba.past_message_ids as bigint increment by -1 maxvalue -1 minvalue -9007199254740991 start with -1;

create or replace view colomba.inbox with (security_invoker = true) as
select conversation.organization_id,
       conversation.id,
       conversation.phone_number_id,
       conversation.contact_id,
       coalesce(contact.phone, contact.wa_id, contact.bsuid) as phone,
       coalesce(contact.display_name, contact.app_name, contact.profile_name, contact.business_name, contact.username,
                contact.phone) as contact_name,
       link.lead_id,
       lead.name as lead_name,
       conversation.unread_count,
       conversation.last_message_id,
       conversation.last_message_at,
       conversation.last_message_text,
       conversation.last_message_direction,
       conversation.assigned_to_id,
       assignee.name as assigned_to_name,
       conversation.status,
       conversation.subject,
       conversation.window_expires_at,
       conversation.last_customer_wamid,
       conversation.created_at
from colomba.conversations conversation
left join colomba.contacts contact
    on contact.organization_id = conversation.organization_id and contact.id = conversation.contact_id
left join colomba.lead_links link
    on link.organization_id = conversation.organization_id and link.contact_id = conversation.contact_id
left join colomba.leads lead on lead.organization_id = link.organization_id and lead.id = link.lead_id
left join colomba.users assignee
    on assignee.organization_id = conversation.organization_id and assignee.id = conversation.assigned_to_id;

create or replace view colomba.address_book with (security_invoker = true) as
select contact.organization_id,
       contact.id,
       contact.wa_id,
       contact.bsuid,
       contact.phone,
       contact.username,
       contact.profile_name,
       contact.display_name,
       coalesce(contact.display_name, contact.app_name, contact.profile_name, contact.business_name, contact.username,
                contact.phone) as name,
       contact.business_name,
       contact.is_verified,
       contact.language,
       contact.tags,
       contact.pinned,
       contact.blocked,
       contact.marketing_opted_out_at,
       contact.merged_into,
       contact.erased_at,
       contact.created_at,
       contact.updated_at,
       link.lead_id,
       coalesce((
           select sum(conversation.unread_count)
           from colomba.conversations conversation
           where conversation.organization_id = contact.organization_id and conversation.contact_id = contact.id
       ), 0)::integer as unread_count
from colomba.contacts contact
left join colomba.lead_links link on link.organization_id = contact.organization_id and link.contact_id = contact.id
where contact.merged_into is null;

create or replace view colomba.messages with (security_invoker = true) as
select log.organization_id,
       log.id,
       log.external_id,
       log.direction,
       log.type,
       coalesce(queue.state, log.status) as status,
       case log.direction when 'inbound' then coalesce(contact.wa_id, contact.phone, contact.bsuid) else nullif(number.digits, '') end
           as "from",
       case log.direction when 'inbound' then nullif(number.digits, '') else log.recipient end as "to",
       log.text,
       log.content,
       log.template,
       log.lead_id,
       log.contact_id,
       log.conversation_id,
       log.campaign_id,
       log.phone_number_id,
       log.group_id,
       log.context_wamid,
       coalesce(contact.display_name, contact.app_name, contact.profile_name, contact.business_name, contact.username,
                contact.phone) as contact_name,
       log.metadata,
       log.error_code,
       log.error_message,
       log.warning,
       log.pricing,
       log.is_read,
       log.attempt,
       log.created_at,
       log.status_updated_at,
       log.sent_at,
       log.delivered_at,
       log.read_at,
       log.failed_at,
       queue.due_at,
       queue.expires_at,
       coalesce((
           select jsonb_agg(jsonb_build_object('id', media.id, 'type', media.type, 'mime_type', media.mime_type,
                                               'size', media.size, 'filename', media.filename, 'status', media.status)
                            order by media.id)
           from colomba.media_files media
           where media.organization_id = log.organization_id and media.message_id = log.id
       ), '[]') as attachments
from colomba.message_log log
left join colomba.send_queue queue on queue.message_id = log.id
left join colomba.contacts contact on contact.organization_id = log.organization_id and contact.id = log.contact_id
left join colomba.phone_numbers number on number.organization_id = log.organization_id and number.id = log.phone_number_id;

-- As before, without what did not pass through here: the business's own chats from before.
create or replace function colomba.count_messages(organization bigint, since timestamptz, until timestamptz)
returns table (hour timestamptz, phone_number_id text, template text, campaign_id bigint, measure text, value text, count bigint)
language plpgsql stable parallel safe as $$
#variable_conflict use_column
declare
    low bigint := greatest(1, colomba.message_id_at(organization, since));
    high bigint := colomba.message_id_at(organization, until + interval '2 minutes');
begin
    return query
    with bounds as materialized (
        select array[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 300, 1800, 7200, 86400]::float8[] as seconds
    ), message as (
        select date_trunc('hour', log.created_at, 'UTC') as hour,
               log.phone_number_id,
               coalesce(log.template, '') as template,
               coalesce(log.campaign_id, 0) as campaign_id,
               log.direction,
               log.status,
               log.sent_at is not null as sent,
               log.delivered_at is not null or log.read_at is not null as delivered,
               log.read_at is not null as read,
               case when log.status = 'failed' then coalesce(log.error_code, 0)::text end as error,
               log.pricing ->> 'category' as category,
               case when log.sent_at is not null
                   then width_bucket(extract(epoch from log.sent_at - log.created_at)::float8, bounds.seconds) end as sending,
               case when log.sent_at is not null and log.delivered_at is not null
                   then width_bucket(extract(epoch from log.delivered_at - log.sent_at)::float8, bounds.seconds) end as delivery
        from colomba.message_log log, bounds
        where log.organization_id = organization
          and log.id >= low and log.id < high
          and log.created_at >= since and log.created_at < until
    ), counted as (
        select message.hour, message.phone_number_id, message.template, message.campaign_id, error, category, sending, delivery,
               grouping(error, category, sending, delivery) as without,
               count(*) filter (where direction = 'outbound') as messages,
               count(*) filter (where direction = 'inbound') as received,
               count(*) filter (where direction = 'outbound' and message.sent) as sent,
               count(*) filter (where direction = 'outbound' and message.delivered) as delivered,
               count(*) filter (where direction = 'outbound' and message.read) as read,
               count(*) filter (where message.status = 'failed') as failed,
               count(*) filter (where message.status = 'unknown') as unknown
        from message
        group by message.hour, message.phone_number_id, message.template, message.campaign_id,
                 grouping sets ((), (error), (category), (sending), (delivery))
    )
    select counted.hour, counted.phone_number_id, counted.template, counted.campaign_id, told.measure, told.value, told.count
    from counted, bounds,
         lateral (values
             ('messages', '', case when without = 15 then messages end),
             ('received', '', case when without = 15 then received end),
             ('sent', '', case when without = 15 then sent end),
             ('delivered', '', case when without = 15 then delivered end),
             ('read', '', case when without = 15 then read end),
             ('failed', '', case when without = 15 then failed end),
             ('unknown', '', case when without = 15 then unknown end),
             ('error', error, case when without = 7 then messages end),
             ('category', category, case when without = 11 then messages end),
             ('sending_seconds', coalesce(bounds.seconds[sending + 1]::text, 'Infinity'), case when without = 13 and sending is not null then messages end),
             ('delivery_seconds', coalesce(bounds.seconds[delivery + 1]::text, 'Infinity'), case when without = 14 and delivery is not null then messages end)
         ) as told (measure, value, count)
    where told.count > 0 and told.value is not null;
end
$$;
