-- find --
-- What the guards must know now about messages that waited; "limit" keeps every look-up a probe of an index.
select item.message_id, now() as now, log.type, template.category, coalesce(contact.blocked, false) as blocked,
       contact.marketing_opted_out_at is not null as opted_out, conversation.window_expires_at
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as item (organization_id, message_id, template_id)
cross join lateral (
    select known.type, known.contact_id, known.conversation_id from message_log known
    where known.organization_id = item.organization_id and known.id = item.message_id
    limit 1
) as log
left join lateral (
    select known.blocked, known.marketing_opted_out_at from contacts known
    where known.organization_id = item.organization_id and known.id = log.contact_id
    limit 1
) as contact on true
left join lateral (
    select known.window_expires_at from conversations known
    where known.organization_id = item.organization_id and known.id = log.conversation_id
    limit 1
) as conversation on true
left join lateral (
    select known.category from templates known
    where known.organization_id = item.organization_id and known.id = item.template_id
    limit 1
) as template on true;
