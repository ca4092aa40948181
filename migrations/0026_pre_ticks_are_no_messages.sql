-- Count messages only: read receipts and typing indicators were counted as sent, and made every delivery rate too low.
-- depends: 0025_pre_contact_words

create or replace function colomba.count_messages(organization bigint, since timestamptz, until timestamptz)
returns table (hour timestamptz, phone_number_id text, template text, campaign_id bigint, measure text, value text, count bigint)
language plpgsql stable parallel safe as $$
#variable_conflict use_column
declare
    low bigint := greatest(1, colomba.message_id_at(organization, since));
    high bigint := colomba.message_id_at(organization, until + interval '2 minutes');
begin
    return query
    with bounds as materialized (
        select array[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 300, 1800, 7200, 86400]::float8[] as seconds
    ), message as (
        select date_trunc('hour', log.created_at, 'UTC') as hour,
               log.phone_number_id,
               coalesce(log.template, '') as template,
               coalesce(log.campaign_id, 0) as campaign_id,
               log.direction,
               log.status,
               log.sent_at is not null as sent,
               log.delivered_at is not null or log.read_at is not null as delivered,
               log.read_at is not null as read,
               case when log.status = 'failed' then coalesce(log.error_code, 0)::text end as error,
               log.pricing ->> 'category' as category,
               case when log.sent_at is not null
                   then width_bucket(extract(epoch from log.sent_at - log.created_at)::float8, bounds.seconds) end as sending,
               case when log.sent_at is not null and log.delivered_at is not null
                   then width_bucket(extract(epoch from log.delivered_at - log.sent_at)::float8, bounds.seconds) end as delivery
        from colomba.message_log log, bounds
        where log.organization_id = organization
          and log.id >= low and log.id < high
          -- A tick on what the customer said is no message: it is sent, and never delivered.
          and log.type <> 'mark_read'
          and log.created_at >= since and log.created_at < until
    ), counted as (
        select message.hour, message.phone_number_id, message.template, message.campaign_id, error, category, sending, delivery,
               grouping(error, category, sending, delivery) as without,
               count(*) filter (where direction = 'outbound') as messages,
               count(*) filter (where direction = 'inbound') as received,
               count(*) filter (where direction = 'outbound' and message.sent) as sent,
               count(*) filter (where direction = 'outbound' and message.delivered) as delivered,
               count(*) filter (where direction = 'outbound' and message.read) as read,
               count(*) filter (where message.status = 'failed') as failed,
               count(*) filter (where message.status = 'unknown') as unknown
        from message
        group by message.hour, message.phone_number_id, message.template, message.campaign_id,
                 grouping sets ((), (error), (category), (sending), (delivery))
    )
    select counted.hour, counted.phone_number_id, counted.template, counted.campaign_id, told.measure, told.value, told.count
    from counted, bounds,
         lateral (values
             ('messages', '', case when without = 15 then messages end),
             ('received', '', case when without = 15 then received end),
             ('sent', '', case when without = 15 then sent end),
             ('delivered', '', case when without = 15 then delivered end),
             ('read', '', case when without = 15 then read end),
             ('failed', '', case when without = 15 then failed end),
             ('unknown', '', case when without = 15 then unknown end),
             ('error', error, case when without = 7 then messages end),
             ('category', category, case when without = 11 then messages end),
             ('sending_seconds', coalesce(bounds.seconds[sending + 1]::text, 'Infinity'), case when without = 13 and sending is not null then messages end),
             ('delivery_seconds', coalesce(bounds.seconds[delivery + 1]::text, 'Infinity'), case when without = 14 and delivery is not null then messages end)
         ) as told (measure, value, count)
    where told.count > 0 and told.value is not null;
end
$$;
