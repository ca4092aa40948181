-- What feeding campaigns needs, and statistics by hour.
-- depends: 0008_pre_inbox

-- A resumed campaign is judged by what came after; `fed_until` is the moment its share of the number's rate is used up to.
alter table colomba.campaigns
    add column judged_after bigint not null default 0,
    add column fed_until timestamptz;
create index campaigns_at_work on colomba.campaigns (status) where status in ('scheduled', 'running', 'cancelled');
create index send_queue_campaign on colomba.send_queue (organization_id, campaign_id, message_id)
    where campaign_id is not null;

-- Counts by hour of the message's making. `measure` is messages, received, sent, delivered, read, failed, unknown (value
-- empty), error (value: Meta's code), category (value: Meta's pricing category), or sending_seconds and delivery_seconds
-- (value: the upper bound of the bucket).
create table colomba.message_statistics (
    organization_id bigint not null,
    hour timestamptz not null,
    phone_number_id text not null,
    template text not null,
    campaign_id bigint not null,
    measure text not null,
    value text not null,
    count bigint not null,
    primary key (organization_id, hour, phone_number_id, template, campaign_id, measure, value)
);

-- Which hours were counted, and when last: late statuses change an hour after it has passed.
create table colomba.counted_hours (
    organization_id bigint not null,
    hour timestamptz not null,
    counted_at timestamptz not null default now(),
    primary key (organization_id, hour)
);
create index counted_hours_age on colomba.counted_hours (counted_at);

do $$
declare
    name text;
begin
    foreach name in array array['message_statistics', 'counted_hours'] loop
        execute format('alter table colomba.%I enable row level security', name);
        execute format(
            'create policy own_organization on colomba.%I to colomba_api'
            ' using (organization_id = colomba.current_organization())'
            ' with check (organization_id = colomba.current_organization())', name);
        execute format('grant select on colomba.%I to colomba_api', name);
    end loop;
end
$$;

-- Count the messages of an organization made in [since, until), in one pass over them.
create function colomba.count_messages(organization bigint, since timestamptz, until timestamptz)
returns table (hour timestamptz, phone_number_id text, template text, campaign_id bigint, measure text, value text, count bigint)
language sql stable parallel safe
begin atomic
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
      and log.id >= colomba.message_id_at(organization, since)
      and log.id < colomba.message_id_at(organization, until + interval '2 minutes')
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
end;
grant execute on function colomba.count_messages to colomba_api;
