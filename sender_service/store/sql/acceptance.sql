-- claim --
-- Claim commands by (organization, source, key), once; give each its message id in the order of acceptance, and find or make its people.
with wanted as materialized (
    select item.*, nextval('colomba.message_log_id_seq') as message_id
    from unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                $9::bigint[], $10::text[], $11::text[], $12::text[]) with ordinality
        as item (organization_id, source, key, body_hash, phone_number_id, phone, bsuid, lead_id, campaign_id,
                 business_account_id, template, language, place)
), claimed as (
    insert into command_keys (organization_id, source, key, body_hash, message_id)
    select organization_id, source, key, body_hash, message_id
    from wanted
    order by organization_id, source, key
    on conflict do nothing
    returning message_id
), item as materialized (
    select wanted.* from wanted join claimed on claimed.message_id = wanted.message_id
), {people};

-- look_again --
-- As in `claim`, for people whom another transaction made at the same moment.
with item as materialized (
    select item.*
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
                $9::text[], $10::bigint[], $11::bigint[])
        as item (organization_id, phone_number_id, phone, bsuid, lead_id, campaign_id, business_account_id, template,
                 language, place, message_id)
), {people};

-- fragment people --
-- What the guards must know about each recipient; contacts a business writes to first are made, and conversations opened, in key order. "limit" keeps every look-up a probe of an index.
known as materialized (
    select item.*, contact.id as contact_id, coalesce(contact.blocked, false) as blocked,
           contact.marketing_opted_out_at is not null as opted_out,
           coalesce(contact.display_name, contact.app_name, contact.profile_name, contact.username) as name,
           conversation.id as conversation_id, conversation.window_expires_at
    from item
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
), made as (
    insert into contacts (organization_id, phone, bsuid)
    select distinct organization_id, phone, bsuid from known
    where contact_id is null and (phone is not null or bsuid is not null)
    order by organization_id, phone, bsuid
    on conflict do nothing
    returning organization_id, id, phone, bsuid
), person as materialized (
    select known.*, coalesce(known.contact_id, made.id) as person_id
    from known
    left join made on made.organization_id = known.organization_id
        and coalesce(made.phone, '') = coalesce(known.phone, '') and coalesce(made.bsuid, '') = coalesce(known.bsuid, '')
), opened as (
    insert into conversations (organization_id, phone_number_id, contact_id, subject)
    select distinct organization_id, phone_number_id, person_id, 'WhatsApp: ' || coalesce(name, '+' || phone, bsuid)
    from person
    where conversation_id is null and person_id is not null
    order by 1, 2, 3
    on conflict do nothing
    returning organization_id, phone_number_id, contact_id, id, window_expires_at
)
select now() as now, person.place, person.message_id, person.organization_id, person.person_id as contact_id,
       coalesce(person.conversation_id, opened.id) as conversation_id, person.blocked, person.opted_out,
       person.window_expires_at, (
           select lead.id from leads lead
           where lead.organization_id = person.organization_id and lead.id = person.lead_id
       ) as lead_id, (
           select campaign.id from campaigns campaign
           where campaign.organization_id = person.organization_id and campaign.id = person.campaign_id
       ) as campaign_id, template.id as template_id, template.xmin::text as template_version
from person
left join opened on opened.organization_id = person.organization_id
    and opened.phone_number_id = person.phone_number_id and opened.contact_id = person.person_id
left join lateral (
    select known.id, known.xmin from templates known
    where known.organization_id = person.organization_id and known.business_account_id = person.business_account_id
      and known.name = person.template and known.language = person.language
    limit 1
) as template on true
order by person.place
