-- find --
-- Contacts by phone, by business-scoped user id, or by an identifier they had until some time; "limit" keeps each a probe of
-- an index. The lock keeps anybody from merging a contact away while a message is being written to it.
select 'phone' as kind, key.value, null::timestamptz as until, contact.organization_id, contact.id, contact.wa_id, contact.phone,
       contact.bsuid, contact.parent_bsuid, contact.username, contact.profile_name, contact.profile_name_at,
       contact.display_name, contact.identity_at, (
           select link.lead_id from lead_links link
           where link.organization_id = contact.organization_id and link.contact_id = contact.id
       ), contact.app_name
from unnest($1::bigint[], $2::text[]) as key (organization_id, value)
cross join lateral (
    select * from contacts held
    where held.organization_id = key.organization_id and held.phone = key.value and held.merged_into is null
    limit 1
    for key share
) as contact
union all
select 'bsuid', key.value, null, contact.organization_id, contact.id, contact.wa_id, contact.phone,
       contact.bsuid, contact.parent_bsuid, contact.username, contact.profile_name, contact.profile_name_at,
       contact.display_name, contact.identity_at, (
           select link.lead_id from lead_links link
           where link.organization_id = contact.organization_id and link.contact_id = contact.id
       ), contact.app_name
from unnest($3::bigint[], $4::text[]) as key (organization_id, value)
cross join lateral (
    select * from contacts held
    where held.organization_id = key.organization_id and held.bsuid = key.value and held.merged_into is null
    limit 1
    for key share
) as contact
union all
select alias.kind, alias.value, alias.until, contact.organization_id, contact.id, contact.wa_id, contact.phone,
       contact.bsuid, contact.parent_bsuid, contact.username, contact.profile_name, contact.profile_name_at,
       contact.display_name, contact.identity_at, (
           select link.lead_id from lead_links link
           where link.organization_id = contact.organization_id and link.contact_id = contact.id
       ), contact.app_name
from (
    select 'phone' as kind, organization_id, value from unnest($1::bigint[], $2::text[]) as key (organization_id, value)
    union all
    select 'bsuid', organization_id, value from unnest($3::bigint[], $4::text[]) as key (organization_id, value)
) as key
cross join lateral (
    select former.kind, former.value, former.until, former.organization_id, former.contact_id
    from contact_aliases former
    where former.organization_id = key.organization_id and former.kind = key.kind and former.value = key.value
    offset 0
) as alias
cross join lateral (
    select * from contacts held
    where held.organization_id = alias.organization_id and held.id = alias.contact_id and held.merged_into is null
    limit 1
    for key share
) as contact;

-- create --
-- Make contacts, in key order; one that another transaction made meanwhile is left out of the answer.
insert into contacts
    (organization_id, wa_id, phone, bsuid, parent_bsuid, username, profile_name, profile_name_at)
select organization_id, wa_id, phone, bsuid, parent_bsuid, username, profile_name, profile_name_at
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
    as item (organization_id, wa_id, phone, bsuid, parent_bsuid, username, profile_name, profile_name_at)
order by organization_id, phone, bsuid
on conflict do nothing
returning organization_id, id, wa_id, phone, bsuid, parent_bsuid, username, profile_name, profile_name_at, display_name,
          identity_at, null::bigint as lead_id, app_name;

-- update --
-- Complete contacts in key order: an identifier fills a gap only, of two forms of one number the greater is kept, the latest name wins.
with item as (
    select item.*
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::timestamptz[])
        as item (organization_id, id, wa_id, phone, bsuid, parent_bsuid, username, profile_name, profile_name_at)
    join contacts contact on contact.organization_id = item.organization_id and contact.id = item.id
    order by contact.organization_id, contact.id
    for no key update of contact
)
update contacts contact
set wa_id = case when contact.phone is null or contact.phone = item.phone
                 then greatest(contact.wa_id collate "C", item.wa_id collate "C") else contact.wa_id end,
    phone = coalesce(contact.phone, item.phone),
    bsuid = coalesce(contact.bsuid, item.bsuid),
    parent_bsuid = coalesce(contact.parent_bsuid, item.parent_bsuid),
    username = case
        when contact.profile_name_at is null
            or (item.profile_name_at, coalesce(item.profile_name, '') collate "C", coalesce(item.username, '') collate "C")
             > (contact.profile_name_at, coalesce(contact.profile_name, '') collate "C", coalesce(contact.username, '') collate "C")
        then coalesce(item.username, contact.username) else coalesce(contact.username, item.username) end,
    profile_name = case
        when contact.profile_name_at is null
            or (item.profile_name_at, coalesce(item.profile_name, '') collate "C", coalesce(item.username, '') collate "C")
             > (contact.profile_name_at, coalesce(contact.profile_name, '') collate "C", coalesce(contact.username, '') collate "C")
        then coalesce(item.profile_name, contact.profile_name) else coalesce(contact.profile_name, item.profile_name) end,
    profile_name_at = greatest(contact.profile_name_at, item.profile_name_at),
    updated_at = now()
from item
where contact.organization_id = item.organization_id and contact.id = item.id
returning contact.organization_id, contact.id, contact.wa_id, contact.phone, contact.bsuid, contact.parent_bsuid,
          contact.username, contact.profile_name, contact.profile_name_at, contact.display_name, contact.identity_at,
          null::bigint as lead_id, contact.app_name;

-- lock --
-- Lock contacts in key order while their lead link is decided, and tell the link another transaction made meanwhile.
select contact.organization_id, contact.id
from unnest($1::bigint[], $2::bigint[]) as key (organization_id, id)
join contacts contact on contact.organization_id = key.organization_id and contact.id = key.id
order by contact.organization_id, contact.id
for no key update of contact;

-- prefer --
-- Note the wish about marketing messages when it is newer by Meta's time; of two at the same second "stop" wins.
with item as (
    select item.*
    from unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::timestamptz[]) as item (organization_id, id, stop, at)
    join contacts contact on contact.organization_id = item.organization_id and contact.id = item.id
    order by contact.organization_id, contact.id
    for no key update of contact
)
update contacts contact
set marketing_opted_out_at = case when item.stop then item.at end,
    marketing_preference_at = item.at,
    updated_at = now()
from item
where contact.organization_id = item.organization_id and contact.id = item.id
  and (contact.marketing_preference_at is null
       or item.at > contact.marketing_preference_at
       or (item.at = contact.marketing_preference_at and item.stop and contact.marketing_opted_out_at is null))
returning contact.organization_id, contact.id;

-- call --
-- Note what the business's own phone calls its contacts: the latest by Meta's time wins, a removed entry leaves no name.
with item as (
    select item.*
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[]) as item (organization_id, id, name, at)
    join contacts contact on contact.organization_id = item.organization_id and contact.id = item.id
    order by contact.organization_id, contact.id
    for no key update of contact
)
update contacts contact
set app_name = item.name, app_name_at = item.at, updated_at = now()
from item
where contact.organization_id = item.organization_id and contact.id = item.id
  and (contact.app_name_at is null
       or (item.at, coalesce(item.name, '') collate "C") > (contact.app_name_at, coalesce(contact.app_name, '') collate "C"))
returning contact.organization_id, contact.id, contact.wa_id, contact.phone, contact.bsuid, contact.parent_bsuid,
          contact.username, contact.profile_name, contact.profile_name_at, contact.display_name, contact.identity_at,
          null::bigint as lead_id, contact.app_name;
