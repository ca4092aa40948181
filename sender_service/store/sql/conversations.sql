-- receive --
-- Open or continue conversations with the new messages of one batch, one row per (number, contact), in key order.
insert into conversations as conversation
    (organization_id, phone_number_id, contact_id, group_id, subject, unread_count, last_message_id, last_message_at,
     last_message_text, last_message_direction, last_customer_message_at, last_customer_wamid, window_expires_at,
     referral_expires_at)
select organization_id, phone_number_id, contact_id, group_id, subject, unread_count, last_message_id, last_message_at,
       last_message_text, 'inbound', last_customer_message_at, last_customer_wamid, last_customer_message_at + interval '24 hours',
       referral_at + interval '72 hours'
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::timestamptz[],
            $9::text[], $10::timestamptz[], $11::text[], $12::timestamptz[])
    as item (organization_id, phone_number_id, contact_id, group_id, subject, unread_count, last_message_id, last_message_at,
             last_message_text, last_customer_message_at, last_customer_wamid, referral_at)
order by organization_id, phone_number_id, contact_id
on conflict (organization_id, phone_number_id, contact_id) do update
set subject = excluded.subject,
    status = case
        when conversation.status <> 'closed' then conversation.status
        when conversation.assigned_to_id is null then 'pending' else 'active' end,
    unread_count = conversation.unread_count + excluded.unread_count,
    (last_message_id, last_message_at, last_message_text, last_message_direction) = (
        select newest.id, newest.at, newest.words, newest.direction
        from (values
            (conversation.last_message_id, conversation.last_message_at, conversation.last_message_text,
             conversation.last_message_direction,
             case conversation.last_message_direction when 'inbound' then conversation.last_customer_wamid end),
            (excluded.last_message_id, excluded.last_message_at, excluded.last_message_text, 'inbound',
             excluded.last_customer_wamid)
        ) as newest (id, at, words, direction, wamid)
        order by newest.at desc nulls last, newest.id > 0 desc nulls last, newest.wamid collate "C" desc nulls last
        limit 1
    ),
    last_customer_wamid = case
        when conversation.last_customer_message_at is null
            or (excluded.last_customer_message_at, excluded.last_customer_wamid collate "C")
             > (conversation.last_customer_message_at, conversation.last_customer_wamid collate "C")
        then excluded.last_customer_wamid else conversation.last_customer_wamid end,
    last_customer_message_at = greatest(conversation.last_customer_message_at, excluded.last_customer_message_at),
    window_expires_at = greatest(conversation.window_expires_at, excluded.window_expires_at),
    referral_expires_at = greatest(conversation.referral_expires_at, excluded.referral_expires_at),
    group_id = coalesce(conversation.group_id, excluded.group_id)
returning organization_id, phone_number_id, contact_id, id;

-- answer --
-- Note that the business answered from its phone: the conversation is active, and its last message may be this one.
insert into conversations as conversation
    (organization_id, phone_number_id, contact_id, status, subject, last_message_id, last_message_at, last_message_text,
     last_message_direction)
values ($1, $2, $3, 'active', $4, $5, $6, $7, 'outbound')
on conflict (organization_id, phone_number_id, contact_id) do update
set status = 'active',
    (last_message_id, last_message_at, last_message_text, last_message_direction) = (
        select newest.id, newest.at, newest.words, newest.direction
        from (values
            (conversation.last_message_id, conversation.last_message_at, conversation.last_message_text,
             conversation.last_message_direction),
            (excluded.last_message_id, excluded.last_message_at, excluded.last_message_text, 'outbound')
        ) as newest (id, at, words, direction)
        order by newest.at desc nulls last, newest.id > 0 desc nulls last, newest.direction
        limit 1
    )
returning id;

-- recall --
-- Open conversations for messages from before, closed, or let an older one end with the latest of them, in key order.
insert into conversations as conversation
    (organization_id, phone_number_id, contact_id, status, subject, last_message_id, last_message_at, last_message_text,
     last_message_direction)
select organization_id, phone_number_id, contact_id, 'closed', subject, last_message_id, last_message_at, last_message_text,
       last_message_direction
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[], $8::text[])
    as item (organization_id, phone_number_id, contact_id, subject, last_message_id, last_message_at, last_message_text,
             last_message_direction)
order by organization_id, phone_number_id, contact_id
on conflict (organization_id, phone_number_id, contact_id) do update
set (last_message_id, last_message_at, last_message_text, last_message_direction) = (
        select newest.id, newest.at, newest.words, newest.direction
        from (values
            (conversation.last_message_id, conversation.last_message_at, conversation.last_message_text,
             conversation.last_message_direction),
            (excluded.last_message_id, excluded.last_message_at, excluded.last_message_text, excluded.last_message_direction)
        ) as newest (id, at, words, direction)
        order by newest.at desc nulls last, newest.id > 0 desc nulls last, newest.direction, newest.words collate "C" desc
        limit 1
    )
returning organization_id, phone_number_id, contact_id, id;

-- rename --
-- Give the conversations of contacts whose name changed their new subject, in key order.
with item as (
    select conversation.organization_id, conversation.id, renamed.subject
    from unnest($1::bigint[], $2::bigint[], $3::text[]) as renamed (organization_id, contact_id, subject)
    cross join lateral (
        select own.organization_id, own.id
        from conversations own
        where own.organization_id = renamed.organization_id and own.contact_id = renamed.contact_id
          and own.subject <> renamed.subject
        for no key update
    ) as conversation
    order by conversation.organization_id, conversation.id
)
update conversations conversation
set subject = item.subject
from item
where conversation.organization_id = item.organization_id and conversation.id = item.id;
