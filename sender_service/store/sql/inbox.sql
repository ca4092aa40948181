-- fragment conversation --
inbox.id, inbox.phone, inbox.contact_id, inbox.contact_name, inbox.phone_number_id, inbox.lead_id, inbox.lead_name,
       inbox.unread_count, inbox.last_message_at, inbox.last_message_text, inbox.last_message_direction,
       inbox.assigned_to_id, inbox.assigned_to_name, inbox.status, inbox.subject, inbox.window_expires_at

-- fragment filters --
organization_id = $1
      and last_message_at is not null
      and ($4::text is null or status = $4)
      and ($5::bigint is null or assigned_to_id = $5)
      and ($6::boolean is null or (assigned_to_id is null) = $6)
      and ($7::boolean is null or not $7 or unread_count > 0)
      and ($8::text is null or phone_number_id = $8)
      and ($9::bigint is null or contact_id = $9)
      and ($10::text is null or contact_id = any(array(select colomba.search_contacts($10, 1000))))

-- page --
-- Conversations that pass the filters, the latest first, one more than the page.
with newest as materialized (
    select id
    from colomba.conversations
    where {filters}
      and ($2::timestamptz is null or last_message_at <= $2)
      and ($3::bigint is null or (last_message_at, id) < ($2, $3))
    order by last_message_at desc, id desc
    limit $11 + 1 offset $12
)
select {conversation}
from newest
join colomba.inbox on inbox.organization_id = $1 and inbox.id = newest.id
order by inbox.last_message_at desc, inbox.id desc

-- page_named --
-- As `page`, of people with a name or phone: they are looked up first, for the order of the inbox would read all of it;
-- with how many there are.
with chosen as materialized (
    select id, last_message_at
    from colomba.conversations
    where {filters}
), newest as materialized (
    select id
    from chosen
    where ($2::timestamptz is null or last_message_at <= $2)
      and ($3::bigint is null or (last_message_at, id) < ($2, $3))
    order by last_message_at desc, id desc
    limit $11 + 1 offset $12
)
select {conversation}, (select count(*) from chosen) as among
from newest
join colomba.inbox on inbox.organization_id = $1 and inbox.id = newest.id
order by inbox.last_message_at desc, inbox.id desc

-- count --
-- How many conversations pass the filters, counted no further than 10,001; $2 and $3 are not looked at.
select count(*)
from (
    select 1
    from colomba.conversations
    where {filters}
      and ($2::timestamptz is null or true)
      and ($3::bigint is null or true)
    limit 10001
) counted

-- of_contact --
-- All that is known of a contact's conversations, the latest first.
select *
from colomba.inbox
where organization_id = $1 and contact_id = $2
order by last_message_at desc nulls last, id desc
limit 100

-- get --
-- One conversation.
select * from colomba.inbox where organization_id = $1 and id = $2

-- exists --
-- Whether there is a conversation of this id.
select exists (select from colomba.conversations where organization_id = $1 and id = $2)

-- of_phone --
-- The latest conversation with a phone number.
select inbox.*
from colomba.contacts contact
join colomba.inbox on inbox.organization_id = contact.organization_id and inbox.contact_id = contact.id
where contact.organization_id = $1 and contact.phone = $2 and contact.merged_into is null
order by inbox.last_message_at desc nulls last, inbox.id desc
limit 1

-- assign --
-- Give a conversation to a user, or to nobody; a pending one becomes active when it gets somebody.
update colomba.conversations
set assigned_to_id = $3,
    status = case when $3::bigint is not null and status = 'pending' then 'active' else status end
where organization_id = $1 and id = $2
returning id

-- mark_read --
-- Nothing of a conversation is unread any more; its unread inbound messages are marked.
with conversation as (
    update colomba.conversations set unread_count = 0
    where organization_id = $1 and id = $2 and unread_count > 0
    returning id)
update colomba.message_log log set is_read = true
where log.organization_id = $1 and log.id in (
    select unread.id from colomba.message_log unread
    where unread.organization_id = $1 and unread.conversation_id = $2
      and unread.direction = 'inbound' and not unread.is_read
    order by unread.id desc limit 1000)

-- close --
-- Close a conversation, or reopen it.
update colomba.conversations set status = $3 where organization_id = $1 and id = $2 returning id
