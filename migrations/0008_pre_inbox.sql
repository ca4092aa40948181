-- One shape of a conversation and of a contact for every reader.
-- depends: 0007_pre_partitions

create view colomba.inbox with (security_invoker = true) as
select conversation.organization_id,
       conversation.id,
       conversation.phone_number_id,
       conversation.contact_id,
       coalesce(contact.phone, contact.wa_id, contact.bsuid) as phone,
       coalesce(contact.display_name, contact.profile_name, contact.business_name, contact.username, contact.phone)
           as contact_name,
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
grant select on colomba.inbox to colomba_api;

create view colomba.address_book with (security_invoker = true) as
select contact.organization_id,
       contact.id,
       contact.wa_id,
       contact.bsuid,
       contact.phone,
       contact.username,
       contact.profile_name,
       contact.display_name,
       coalesce(contact.display_name, contact.profile_name, contact.business_name, contact.username, contact.phone) as name,
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
grant select on colomba.address_book to colomba_api;

create index conversations_assignee on colomba.conversations (organization_id, assigned_to_id, last_message_at desc, id desc)
    where assigned_to_id is not null;
create index conversations_unread on colomba.conversations (organization_id, last_message_at desc, id desc)
    where unread_count > 0;
