-- Conversations of a status, and the few contacts that are pinned, blocked, opted out or tagged, in the order of their lists.
-- depends: 0019_pre_message_kinds
-- transactional: false

create index concurrently conversations_status
    on colomba.conversations (organization_id, status, last_message_at desc, id desc);
create index concurrently contacts_pinned on colomba.contacts (organization_id, id) where pinned;
create index concurrently contacts_blocked on colomba.contacts (organization_id, id) where blocked;
create index concurrently contacts_opted_out on colomba.contacts (organization_id, id)
    where marketing_opted_out_at is not null;
