-- fragment message --
message.id, 'WHATSAPP' as provider, message.external_id, message.direction, message.type, message.status,
       message."from", message."to", message.text, message.attachments, message.template, message.lead_id,
       message.contact_id, message.conversation_id, message.campaign_id, message.phone_number_id, message.contact_name,
       message.metadata,
       case when message.error_code is not null or message.error_message is not null
           then jsonb_build_object('code', message.error_code, 'message', message.error_message) end as error,
       message.is_read, message.created_at, message.status_updated_at, message.sent_at, message.delivered_at,
       message.read_at, message.failed_at

-- fragment found --
from found
join colomba.messages message on message.organization_id = $1 and message.id = found.id
order by message.id desc

-- fragment filters --
log.organization_id = $1
      and ($3::bigint is null or log.lead_id = $3)
      and ($4::bigint is null or log.conversation_id = $4)
      and ($5::bigint[] is null or log.conversation_id = any($5))
      and ($6::text is null or log.direction = $6)
      and ($7::text is null or coalesce(queue.state, log.status) = $7)
      and ($8::text is null or log.type = $8)
      and ($9::bigint is null or log.campaign_id = $9)
      and ($10::text is null or log.phone_number_id = $10)
      and ($11::timestamptz is null or log.created_at >= $11)
      and ($12::timestamptz is null or log.created_at < $12)
      and ($13::bigint is null or log.id >= $13)
      and ($14::bigint is null or log.id < $14)
      and ($15::bigint[] is null or log.id = any($15))
      and ($16::text is null or to_tsvector('simple', log.text) @@ plainto_tsquery('simple', $16))

-- fragment broad_filters --
($3::text is null or log.direction = $3)
      and ($5::text is null or log.type = $5)
      and ($6::text is null or log.phone_number_id = $6)
      and ($7::timestamptz is null or log.created_at >= $7)
      and ($8::timestamptz is null or log.created_at < $8)

-- fragment kinds --
with recursive kind as (
    (
        select phone_number_id, direction, type
        from colomba.message_log
        where organization_id = $1
          and ($6::text is null or phone_number_id = $6)
        order by phone_number_id, direction, type
        limit 1
    )
    union all
    select next.phone_number_id, next.direction, next.type
    from kind
    cross join lateral (
        select log.phone_number_id, log.direction, log.type
        from colomba.message_log log
        where log.organization_id = $1
          and (log.phone_number_id, log.direction, log.type) > (kind.phone_number_id, kind.direction, kind.type)
        order by log.phone_number_id, log.direction, log.type
        limit 1
    ) next
    where ($6::text is null or next.phone_number_id = $6)
)

-- fragment of_kind --
log.organization_id = $1
          and log.phone_number_id = kind.phone_number_id
          and log.direction = kind.direction
          and log.type = kind.type
          and ($4::text is null or coalesce(queue.state, log.status) = $4)
          and ($7::timestamptz is null or log.created_at >= $7)
          and ($8::timestamptz is null or log.created_at < $8)
          and ($9::bigint is null or log.id >= $9)
          and ($10::bigint is null or log.id < $10)

-- page --
-- An organization's messages that pass every filter given, newest first, one more than the page.
with found as materialized (
    select log.id
    from colomba.message_log log
    left join colomba.send_queue queue on queue.message_id = log.id and $7::text is not null
    where {filters}
      and ($2::bigint is null or log.id < $2)
    order by log.id desc
    limit $17 + 1 offset $18
)
select {message}
{found}

-- page_among --
-- As `page`, where the ids are known: they are looked up first, for the order of the list would read the whole log.
with chosen as materialized (
    select log.id
    from colomba.message_log log
    left join colomba.send_queue queue on queue.message_id = log.id and $7::text is not null
    where {filters}
), found as materialized (
    select id
    from chosen
    where ($2::bigint is null or id < $2)
    order by id desc
    limit $17 + 1 offset $18
)
select {message}
{found}

-- page_found --
-- As `page`, of the newest $4 messages before $3 that hold the words; with how many those are.
with hits as materialized (
    select colomba.search_messages($2, $3, $4) as id
), found as materialized (
    select id
    from hits
    where ($5::bigint is null or id < $5)
    order by id desc
    limit $6 + 1 offset $7
)
select {message}, (select count(*) from hits) as among
{found}

-- count --
-- How many messages pass the filters, counted no further than 10,001; $2 is not looked at.
select count(*)
from (
    select 1
    from colomba.message_log log
    left join colomba.send_queue queue on queue.message_id = log.id and $7::text is not null
    where {filters}
      and ($2::bigint is null or true)
    limit 10001
) counted

-- page_in_rare_status --
-- As `page`, of those in a status that few messages have.
with found as materialized (
    select log.id
    from colomba.rare_statuses rare
    join colomba.message_log log on log.organization_id = $1 and log.id = rare.message_id
    left join colomba.send_queue queue on queue.message_id = log.id
    where rare.organization_id = $1
      and rare.status = $4
      and coalesce(queue.state, log.status) = $4
      and ($2::bigint is null or rare.message_id < $2)
      and ($9::bigint is null or rare.message_id >= $9)
      and ($10::bigint is null or rare.message_id < $10)
      and {broad_filters}
    order by rare.message_id desc
    limit $11 + 1 offset $12
)
select {message}
{found}

-- count_in_rare_status --
-- As `count`, of those in a status that few messages have; the messages are looked at only for what they are narrowed by.
select count(*)
from (
    select 1
    from colomba.rare_statuses rare
    where rare.organization_id = $1
      and rare.status = $4
      and ($2::bigint is null or true)
      and not exists (select 1 from colomba.send_queue queue where queue.message_id = rare.message_id)
      and ($9::bigint is null or rare.message_id >= $9)
      and ($10::bigint is null or rare.message_id < $10)
      and (($3::text is null and $5::text is null and $6::text is null and $7::timestamptz is null
            and $8::timestamptz is null)
           or exists (
               select 1 from colomba.message_log log
               where log.organization_id = $1 and log.id = rare.message_id
      and {broad_filters}
           ))
    limit 10001
) counted

-- page_waiting --
-- As `page`, of those that wait to be sent in one state.
with found as materialized (
    select log.id
    from colomba.send_queue queue
    join colomba.message_log log on log.organization_id = $1 and log.id = queue.message_id
    where queue.organization_id = $1
      and queue.state = $4
      and ($2::bigint is null or queue.message_id < $2)
      and ($9::bigint is null or queue.message_id >= $9)
      and ($10::bigint is null or queue.message_id < $10)
      and {broad_filters}
    order by queue.message_id desc
    limit $11 + 1 offset $12
)
select {message}
{found}

-- count_waiting --
-- As `count`, of those that wait to be sent in one state.
select count(*)
from (
    select 1
    from colomba.send_queue queue
    join colomba.message_log log on log.organization_id = $1 and log.id = queue.message_id
    where queue.organization_id = $1
      and queue.state = $4
      and ($2::bigint is null or true)
      and ($9::bigint is null or queue.message_id >= $9)
      and ($10::bigint is null or queue.message_id < $10)
      and {broad_filters}
    limit 10001
) counted

-- page_of_kind --
-- As `page`, of a number, a direction or a type: the newest of each kind there is, merged.
{kinds}, found as materialized (
    select one.id
    from kind
    cross join lateral (
        select log.id
        from colomba.message_log log
        left join colomba.send_queue queue on queue.message_id = log.id and $4::text is not null
        where {of_kind}
          and ($2::bigint is null or log.id < $2)
        order by log.id desc
        limit $11 + 1 + $12
    ) one
    where ($3::text is null or kind.direction = $3)
      and ($5::text is null or kind.type = $5)
    order by one.id desc
    limit $11 + 1 offset $12
)
select {message}
{found}

-- count_of_kind --
-- As `count`, of a number, a direction or a type.
{kinds}
select count(*)
from (
    select 1
    from kind
    cross join lateral (
        select 1
        from colomba.message_log log
        left join colomba.send_queue queue on queue.message_id = log.id and $4::text is not null
        where {of_kind}
          and ($2::bigint is null or true)
        limit 10001
    ) one
    where ($3::text is null or kind.direction = $3)
      and ($5::text is null or kind.type = $5)
    limit 10001
) counted

-- get --
-- One message.
select * from colomba.messages where organization_id = $1 and id = $2

-- detail --
-- One message with what lists leave out.
select {message}, message.content, message.due_at, message.expires_at, message.warning, message.pricing
from colomba.messages message
where message.organization_id = $1 and message.id = $2

-- timeline --
-- Every status Meta reported for a message, in Meta's order of time.
select attempt, status, nullif(participant, '') as participant, at, received_at, error_code, error_message
from colomba.message_status_events
where organization_id = $1 and message_id = $2
order by at, received_at

-- attempts --
-- Every call made for a message, with what was sent and answered, redacted when it was written.
select attempt, outcome, wamid as external_id, error_code, error_message, request, answer, started_at, finished_at
from colomba.message_attempts
where organization_id = $1 and message_id = $2
order by attempt, started_at

-- conversations_of_contact --
-- The conversations of a contact, one per number.
select id from colomba.conversations where organization_id = $1 and contact_id = $2

-- bounds --
-- The ids between which the messages of a time stand; null where it is open.
select case when $2::timestamptz is not null then colomba.message_id_at($1, $2) end as first,
       case when $3::timestamptz is not null then colomba.message_id_at($1, $3 + interval '2 minutes') end as past
