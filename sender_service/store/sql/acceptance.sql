-- look --
-- What must be known to accept each command that none before it was, by (organization, source, key): its message id, in the order of acceptance; its recipient, with ids for a contact and a conversation that are to be made; what it names. Nothing is written. "limit" keeps every look-up a probe of an index.
with wanted as materialized (
    select item.*, nextval('colomba.message_log_id_seq') as message_id
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
                $9::text[], $10::text[], $11::text[]) with ordinality
        as item (organization_id, source, key, phone_number_id, phone, bsuid, lead_id, campaign_id, business_account_id,
                 template, language, place)
), known as materialized (
    select wanted.*, contact.id as contact_id, coalesce(contact.blocked, false) as blocked,
           contact.marketing_opted_out_at is not null as opted_out,
           coalesce(contact.display_name, contact.app_name, contact.profile_name, contact.username) as name,
           conversation.id as conversation_id, conversation.window_expires_at
    from wanted
    left join lateral (
        select true as is_there from command_keys known
        where known.organization_id = wanted.organization_id and known.source = wanted.source and known.key = wanted.key
        limit 1
    ) as earlier on true
    left join lateral (
        (select known.* from contacts known
         where known.organization_id = wanted.organization_id and known.phone = wanted.phone and known.merged_into is null
         limit 1)
        union all
        (select known.* from contacts known
         where known.organization_id = wanted.organization_id and known.bsuid = wanted.bsuid and known.merged_into is null
         limit 1)
        limit 1
    ) as contact on true
    left join lateral (
        select open.id, open.window_expires_at from conversations open
        where open.organization_id = wanted.organization_id and open.phone_number_id = wanted.phone_number_id
          and open.contact_id = contact.id
        limit 1
    ) as conversation on true
    where earlier.is_there is null
), stranger as materialized (
    select one.*, nextval('colomba.contacts_id_seq') as id
    from (
        select distinct organization_id, phone, bsuid from known
        where contact_id is null and (phone is not null or bsuid is not null)
    ) as one
), person as materialized (
    select known.*, coalesce(known.contact_id, stranger.id) as person_id
    from known
    left join stranger on stranger.organization_id = known.organization_id
        and coalesce(stranger.phone, '') = coalesce(known.phone, '')
        and coalesce(stranger.bsuid, '') = coalesce(known.bsuid, '')
), opening as materialized (
    select one.*, nextval('colomba.conversations_id_seq') as id
    from (
        select distinct organization_id, phone_number_id, person_id from person
        where conversation_id is null and person_id is not null
    ) as one
)
select now() as now, person.place, person.message_id, person.organization_id, person.person_id as contact_id,
       coalesce(person.conversation_id, opening.id) as conversation_id, person.contact_id is null and person.person_id is not null as is_stranger,
       case when opening.id is not null
            then 'WhatsApp: ' || coalesce(person.name, '+' || person.phone, person.bsuid) end as subject,
       person.blocked, person.opted_out, person.window_expires_at, (
           select lead.id from leads lead
           where lead.organization_id = person.organization_id and lead.id = person.lead_id
       ) as lead_id, (
           select campaign.id from campaigns campaign
           where campaign.organization_id = person.organization_id and campaign.id = person.campaign_id
       ) as campaign_id, template.id as template_id, template.xmin::text as template_version
from person
left join opening on opening.organization_id = person.organization_id
    and opening.phone_number_id = person.phone_number_id and opening.person_id = person.person_id
left join lateral (
    select known.id, known.xmin from templates known
    where known.organization_id = person.organization_id and known.business_account_id = person.business_account_id
      and known.name = person.template and known.language = person.language
    limit 1
) as template on true
order by person.place;
