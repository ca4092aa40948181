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

-- make --
-- Make the contacts a business writes to first, and open the conversations that are missing, in key order.
with item as materialized (
    select item.*, contact.id as contact_id, contact.name
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as item (organization_id, phone_number_id, phone, bsuid)
    left join lateral (
        (select known.id, coalesce(known.display_name, known.app_name, known.profile_name, known.username) as name from contacts known
         where known.organization_id = item.organization_id and known.phone = item.phone and known.merged_into is null
         limit 1)
        union all
        (select known.id, coalesce(known.display_name, known.app_name, known.profile_name, known.username) from contacts known
         where known.organization_id = item.organization_id and known.bsuid = item.bsuid and known.merged_into is null
         limit 1)
        limit 1
    ) as contact on true
), made as (
    insert into contacts (organization_id, phone, bsuid)
    select distinct organization_id, phone, bsuid from item where contact_id is null
    order by organization_id, phone, bsuid
    on conflict do nothing
    returning organization_id, id, phone, bsuid
)
insert into conversations (organization_id, phone_number_id, contact_id, subject)
select distinct item.organization_id, item.phone_number_id, coalesce(item.contact_id, made.id),
       'WhatsApp: ' || coalesce(item.name, '+' || item.phone, item.bsuid)
from item
left join made on made.organization_id = item.organization_id
    and (made.phone = item.phone or item.phone is null and made.bsuid = item.bsuid)
where coalesce(item.contact_id, made.id) is not null
order by 1, 2, 3
on conflict do nothing;
