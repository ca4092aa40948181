-- lock --
-- Lock both contacts in key order, those that were not merged away meanwhile.
select id
from contacts
where organization_id = $1 and id = any($2::bigint[]) and merged_into is null
order by id
for update;

-- retire --
-- The contact that goes, out of the way of its identifiers.
update contacts set merged_into = $2, updated_at = now() where organization_id = $1 and id = $3;

-- absorb --
-- What the contact that goes knew, where the one that stays does not; the latest name and wish win.
update contacts keep
set wa_id = case when keep.phone is null or keep.phone = gone.phone then greatest(keep.wa_id collate "C", gone.wa_id collate "C")
                 else keep.wa_id end,
    phone = coalesce(keep.phone, gone.phone),
    bsuid = coalesce(keep.bsuid, gone.bsuid),
    parent_bsuid = coalesce(keep.parent_bsuid, gone.parent_bsuid),
    identity_at = greatest(keep.identity_at, gone.identity_at),
    username = coalesce(keep.username, gone.username),
    profile_name = case
        when keep.profile_name_at is null
            or (gone.profile_name_at, gone.profile_name collate "C") > (keep.profile_name_at, keep.profile_name collate "C")
        then gone.profile_name else keep.profile_name end,
    profile_name_at = greatest(keep.profile_name_at, gone.profile_name_at),
    app_name = case
        when keep.app_name_at is null
            or (gone.app_name_at, coalesce(gone.app_name, '') collate "C")
             > (keep.app_name_at, coalesce(keep.app_name, '') collate "C")
        then gone.app_name else keep.app_name end,
    app_name_at = greatest(keep.app_name_at, gone.app_name_at),
    display_name = coalesce(keep.display_name, gone.display_name),
    business_name = coalesce(keep.business_name, gone.business_name),
    is_verified = keep.is_verified or gone.is_verified,
    language = coalesce(keep.language, gone.language),
    tags = array(select distinct tag from unnest(keep.tags || gone.tags) as tag order by tag),
    pinned = keep.pinned or gone.pinned,
    blocked = keep.blocked or gone.blocked,
    marketing_opted_out_at = case
        when gone.marketing_preference_at > coalesce(keep.marketing_preference_at, '-infinity')
        then gone.marketing_opted_out_at else keep.marketing_opted_out_at end,
    marketing_preference_at = greatest(keep.marketing_preference_at, gone.marketing_preference_at),
    created_at = least(keep.created_at, gone.created_at),
    updated_at = now()
from contacts gone
where keep.organization_id = $1 and keep.id = $2 and gone.organization_id = $1 and gone.id = $3;

-- move_messages --
-- The messages of the contact that goes, into the conversation the one that stays has with the same number, if there is one.
update message_log message
set contact_id = $2,
    conversation_id = coalesce(other.id, message.conversation_id)
from conversations own
left join conversations other
    on other.organization_id = own.organization_id and other.phone_number_id = own.phone_number_id and other.contact_id = $2
where own.organization_id = $1 and own.contact_id = $3
  and message.organization_id = own.organization_id and message.conversation_id = own.id;

-- join_conversations --
-- Two conversations with one number become one: the unread of both, the latest message, the longer windows.
update conversations keep
set unread_count = keep.unread_count + gone.unread_count,
    status = case when 'active' in (keep.status, gone.status) then 'active'
                  when 'pending' in (keep.status, gone.status) then 'pending' else 'closed' end,
    (last_message_id, last_message_at, last_message_text, last_message_direction) = (
        select newest.id, newest.at, newest.words, newest.direction
        from (values
            (keep.last_message_id, keep.last_message_at, keep.last_message_text, keep.last_message_direction,
             case keep.last_message_direction when 'inbound' then keep.last_customer_wamid end),
            (gone.last_message_id, gone.last_message_at, gone.last_message_text, gone.last_message_direction,
             case gone.last_message_direction when 'inbound' then gone.last_customer_wamid end)
        ) as newest (id, at, words, direction, wamid)
        order by newest.at desc nulls last, newest.id > 0 desc nulls last, newest.wamid collate "C" desc nulls last
        limit 1
    ),
    last_customer_wamid = case
        when keep.last_customer_message_at is null
            or (gone.last_customer_message_at, gone.last_customer_wamid collate "C")
             > (keep.last_customer_message_at, keep.last_customer_wamid collate "C")
        then gone.last_customer_wamid else keep.last_customer_wamid end,
    last_customer_message_at = greatest(keep.last_customer_message_at, gone.last_customer_message_at),
    window_expires_at = greatest(keep.window_expires_at, gone.window_expires_at),
    referral_expires_at = greatest(keep.referral_expires_at, gone.referral_expires_at),
    assigned_to_id = coalesce(keep.assigned_to_id, gone.assigned_to_id)
from conversations gone
where keep.organization_id = $1 and keep.contact_id = $2
  and gone.organization_id = $1 and gone.contact_id = $3 and gone.phone_number_id = keep.phone_number_id;

-- drop_joined --
-- Conversations whose messages moved into another one.
delete from conversations gone
using conversations keep
where gone.organization_id = $1 and gone.contact_id = $3
  and keep.organization_id = $1 and keep.contact_id = $2 and keep.phone_number_id = gone.phone_number_id;

-- move_conversations --
-- The other conversations change hands.
update conversations set contact_id = $2 where organization_id = $1 and contact_id = $3;

-- move_link --
-- The lead of the contact that goes, where the one that stays has none.
update lead_links gone
set contact_id = $2
where gone.organization_id = $1 and gone.contact_id = $3
  and not exists (select from lead_links keep where keep.organization_id = $1 and keep.contact_id = $2);

-- join_links --
-- Where both have a lead the older one stays and the other is linked as merged.
with pair as (
    select keep.lead_id as keep_lead, keep.reason as keep_reason, gone.lead_id as gone_lead, gone.reason as gone_reason
    from lead_links keep
    join lead_links gone on gone.organization_id = $1 and gone.contact_id = $3
    where keep.organization_id = $1 and keep.contact_id = $2
    for update
)
update lead_links link
set lead_id = case link.contact_id when $2 then least(pair.keep_lead, pair.gone_lead) else greatest(pair.keep_lead, pair.gone_lead) end,
    reason = case
        when link.contact_id = $3 then 'merged'
        when pair.gone_lead < pair.keep_lead then pair.gone_reason else pair.keep_reason end
from pair
where link.organization_id = $1 and link.contact_id in ($2, $3)
returning link.organization_id, $2::bigint as contact_id, link.lead_id, link.reason;

-- move_aliases --
-- What the contact that goes was called before.
update contact_aliases set contact_id = $2 where organization_id = $1 and contact_id = $3;

-- rename --
-- The subject of the conversations follows the contact's name.
update conversations set subject = $3 where organization_id = $1 and contact_id = $2 and subject <> $3;

-- release --
-- Take a number from a contact: it is somebody else's now.
update contacts set phone = null, wa_id = null, updated_at = now() where organization_id = $1 and id = $2;

-- remember --
-- An identifier a contact had until some time.
insert into contact_aliases (organization_id, kind, value, until, contact_id)
values ($1, $2, $3, $4, $5)
on conflict (organization_id, kind, value, until) do update set contact_id = excluded.contact_id;

-- change --
-- Give a contact its new identifiers, unless a later change is known already.
update contacts
set wa_id = case when $4::text is null then wa_id else $3 end,
    phone = coalesce($4, phone),
    bsuid = coalesce($5, bsuid),
    parent_bsuid = coalesce($6, parent_bsuid),
    identity_at = $7,
    updated_at = now()
where organization_id = $1 and id = $2 and (identity_at is null or identity_at <= $7);

-- read --
-- The contact as it is now.
select contact.organization_id, contact.id, contact.wa_id, contact.phone, contact.bsuid, contact.parent_bsuid, contact.username,
       contact.profile_name, contact.profile_name_at, contact.display_name, contact.identity_at, link.lead_id,
       contact.app_name
from contacts contact
left join lead_links link on link.organization_id = contact.organization_id and link.contact_id = contact.id
where contact.organization_id = $1 and contact.id = $2;
