-- What readers of the HTTP doors need: one shape of a message, and a way from a moment to a message id.
-- depends: 0005_pre_row_security

-- A message as every list shows it. Its own rights and row-level security are the reader's.
create view colomba.messages with (security_invoker = true) as
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
       coalesce(contact.display_name, contact.profile_name, contact.business_name, contact.username, contact.phone)
           as contact_name,
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
grant select on colomba.messages to colomba_api;

-- The first id of an organization's messages made at or after a moment, by halving the key: some twenty probes of the
-- primary key, where a scan would read every message since. Ids and times of concurrent transactions may cross by the
-- length of a transaction, so a minute is given away; the caller filters exactly.
create function colomba.message_id_at(organization bigint, moment timestamptz) returns bigint
language plpgsql stable parallel safe as $$
declare
    low bigint;
    high bigint;
    middle bigint;
    found_id bigint;
    found_at timestamptz;
begin
    select min(id), max(id) + 1 into low, high from colomba.message_log where organization_id = organization;
    while low < high loop
        middle := low + (high - low) / 2;
        select id, created_at into found_id, found_at
        from colomba.message_log
        where organization_id = organization and id >= middle
        order by id limit 1;
        if found_id is null or found_at >= moment - interval '1 minute' then
            high := middle;
        else
            low := found_id + 1;
        end if;
    end loop;
    return low;
end
$$;
