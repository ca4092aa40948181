-- look --
-- What must be known to accept each command that none before it was, by (organization, source, key): its message id, in the order of acceptance; its recipient, with ids for a contact and a conversation that are to be made; what it names. Nothing is written but the state of the sequences, which no one waits for: whoever uses an id commits after it. "limit" keeps every look-up a probe of an index.
with unhurried as materialized (
    select set_config('synchronous_commit', 'off', true)
), wanted as materialized (
    select item.*, nextval('colomba.message_log_id_seq') as message_id
    from unhurried cross join unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
                $9::text[], $10::text[], $11::text[]) with ordinality
        as item (organization_id, source, key, phone_number_id, phone, bsuid, lead_id, campaign_id, business_account_id,
                 template, language, place)
), known as materialized (
    select wanted.*, contact.id as contact_id, coalesce(contact.blocked, false) as blocked,
           contact.marketing_opted_out_at is not null as opted_out,
           coalesce(contact.display_name, contact.app_name, contact.profile_name, contact.username) as name,
           case when contact.id is null and coalesce(wanted.phone, wanted.bsuid) is not null
                then nextval('colomba.contacts_id_seq') end as new_contact_id,
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
), person as materialized (
    select known.*, coalesce(contact_id, min(new_contact_id) over (partition by organization_id, phone, bsuid)) as person_id
    from known
), said as materialized (
    select person.*,
           case when conversation_id is null and person_id is not null
                then nextval('colomba.conversations_id_seq') end as new_conversation_id
    from person
)
select now() as now, said.place, said.message_id, said.organization_id, said.person_id as contact_id,
       coalesce(said.conversation_id, min(said.new_conversation_id) over (
           partition by said.organization_id, said.phone_number_id, said.person_id
       )) as conversation_id, said.new_contact_id is not null as is_stranger,
       case when said.new_conversation_id is not null
            then 'WhatsApp: ' || coalesce(said.name, '+' || said.phone, said.bsuid) end as subject,
       said.blocked, said.opted_out, said.window_expires_at, (
           select lead.id from leads lead
           where lead.organization_id = said.organization_id and lead.id = said.lead_id
       ) as lead_id, (
           select campaign.id from campaigns campaign
           where campaign.organization_id = said.organization_id and campaign.id = said.campaign_id
       ) as campaign_id, template.id as template_id, template.xmin::text as template_version
from said
left join lateral (
    select known.id, known.xmin from templates known
    where known.organization_id = said.organization_id and known.business_account_id = said.business_account_id
      and known.name = said.template and known.language = said.language
    limit 1
) as template on true
order by said.place;
