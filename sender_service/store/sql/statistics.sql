-- read --
-- Counts of a range of whole hours: as counted, and from the messages themselves for the hours since.
with live as materialized (
    select greatest($2, coalesce(max(hour) + interval '1 hour', $2)) as since
    from counted_hours
    where organization_id = $1
), counted as (
    select hour, phone_number_id, template, campaign_id, measure, value, count
    from message_statistics
    where organization_id = $1 and hour >= $2 and hour < $3
    union all
    select fresh.*
    from live, lateral count_messages($1, live.since, $3) fresh
    where live.since < $3
)
select case $7 when 'hour' then hour when 'day' then date_trunc('day', hour, 'UTC') end as period,
       case when $8 then phone_number_id end as phone_number_id,
       case when $9 then template end as template,
       case when $10 then campaign_id end as campaign_id,
       measure, value, sum(count)::bigint as count
from counted
where ($4::text is null or phone_number_id = $4)
  and ($5::text is null or template = $5)
  and ($6::bigint is null or campaign_id = $6)
group by 1, 2, 3, 4, measure, value
order by 1, 2, 3, 4
limit $11

-- uncounted --
-- The oldest whole hour with messages that was not counted yet, of each organization; the last minutes still change.
select organization.id as organization_id, found.hour
from organizations organization
cross join lateral (
    select coalesce(max(counted.hour) + interval '1 hour', '-infinity') as until
    from counted_hours counted
    where counted.organization_id = organization.id
) counted
cross join lateral (
    select date_trunc('hour', log.created_at, 'UTC') as hour
    from message_log log
    where log.organization_id = organization.id
      and log.id >= greatest(1, message_id_at(organization.id, counted.until)) and log.created_at >= counted.until
    order by log.id
    limit 1
) found
where found.hour < date_trunc('hour', now() - interval '5 minutes', 'UTC')
order by found.hour
limit $1

-- aged --
-- Hours counted so long ago that late statuses may have changed them: young ones after an hour, old ones after a day.
select organization_id, hour
from counted_hours
where counted_at < now() - interval '1 hour'
  and (hour > now() - interval '2 days' or hour > now() - interval '30 days' and counted_at < now() - interval '1 day')
order by counted_at
limit $1

-- claim_hour --
-- Let one counter at a time count an hour.
insert into counted_hours (organization_id, hour) values ($1, $2)
on conflict (organization_id, hour) do update set counted_at = now()

-- clear_hour --
-- Forget what was counted of an hour.
delete from message_statistics where organization_id = $1 and hour = $2

-- count_hour --
-- Count an hour.
insert into message_statistics (organization_id, hour, phone_number_id, template, campaign_id, measure, value, count)
select $1, counted.hour, counted.phone_number_id, counted.template, counted.campaign_id, counted.measure, counted.value,
       counted.count
from count_messages($1, $2::timestamptz, $2::timestamptz + interval '1 hour') counted
