-- find --
-- What the guards must know about each recipient of a batch; "limit" keeps every look-up a probe of an index.
select now() as now, item.place, contact.id as contact_id, conversation.id as conversation_id,
       coalesce(contact.blocked, false) as blocked, contact.marketing_opted_out_at is not null as opted_out,
       conversation.window_expires_at, (
           select lead.id from leads lead where lead.organization_id = item.organization_id and lead.id = item.lead_id
       ) as lead_id, (
           select campaign.id from campaigns campaign
           where campaign.organization_id = item.organization_id and campaign.id = item.campaign_id
       ) as campaign_id
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) with ordinality
    as item (organization_id, phone_number_id, phone, bsuid, lead_id, campaign_id, place)
left join lateral (
    (select known.* from contacts known
     where known.organization_id = item.organization_id and known.phone = item.phone and known.merged_into is null
     limit 1)
    union all
    (select known.* from contacts known
     where known.organization_id = item.organization_id and known.bsuid = item.bsuid and known.merged_into is null
     limit 1)
    limit 1
) as contact on true
left join lateral (
    select open.id, open.window_expires_at from conversations open
    where open.organization_id = item.organization_id and open.phone_number_id = item.phone_number_id
      and open.contact_id = contact.id
    limit 1
) as conversation on true
order by item.place;

-- make_contacts --
-- Make the contacts a business writes to first, in key order; a concurrent one of the same person is left alone.
insert into contacts (organization_id, phone, bsuid)
select distinct organization_id, phone, bsuid
from unnest($1::bigint[], $2::text[], $3::text[]) as item (organization_id, phone, bsuid)
order by organization_id, phone, bsuid
on conflict do nothing;

-- make_conversations --
-- Open the conversations of a number with contacts that have none, in key order.
insert into conversations (organization_id, phone_number_id, contact_id, subject)
select distinct item.organization_id, item.phone_number_id, contact.id,
       'WhatsApp: ' || coalesce(contact.display_name, contact.profile_name, '+' || contact.phone, contact.username, contact.bsuid)
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as item (organization_id, phone_number_id, phone, bsuid)
cross join lateral (
    (select known.* from contacts known
     where known.organization_id = item.organization_id and known.phone = item.phone and known.merged_into is null
     limit 1)
    union all
    (select known.* from contacts known
     where known.organization_id = item.organization_id and known.bsuid = item.bsuid and known.merged_into is null
     limit 1)
    limit 1
) as contact
order by item.organization_id, item.phone_number_id, contact.id
on conflict do nothing;

-- touch_conversations --
-- Show what was said last in each conversation, in key order; a newer word of the customer stays.
with item as materialized (
    select conversation.organization_id, conversation.id, item.message_id, item.text
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) as item (organization_id, id, message_id, text)
    join conversations conversation on conversation.organization_id = item.organization_id and conversation.id = item.id
    order by conversation.organization_id, conversation.id
    for no key update of conversation
)
update conversations conversation
set last_message_id = item.message_id, last_message_at = now(), last_message_text = item.text,
    last_message_direction = 'outbound'
from item
where conversation.organization_id = item.organization_id and conversation.id = item.id
  and (conversation.last_message_at is null or conversation.last_message_at <= now());
