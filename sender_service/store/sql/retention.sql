-- make_partitions --
-- Make yesterday's to three days ahead partitions of every partitioned table; how many were missing.
select count(*) filter (where colomba.make_partition(parent, (now() at time zone 'UTC')::date + ahead))
from unnest(array['message_status_events', 'message_attempts', 'webhook_log']) as parent, generate_series(-1, 3) as ahead

-- drop_partitions --
-- Drop a table's partitions older than so many days, and a bounded number of the default partition's rows of that age.
select colomba.drop_partitions($1, (now() at time zone 'UTC')::date - $2::integer) as name

-- forget_command_keys --
-- Forget command keys older than so many days, a bounded number at a time.
with old as (
    select organization_id, source, key from colomba.command_keys
    where created_at < now() - make_interval(days => $1)
    order by organization_id, source, key
    limit $2
    for update skip locked)
delete from colomba.command_keys key using old
where (key.organization_id, key.source, key.key) = (old.organization_id, old.source, old.key)

-- forget_parked --
-- Forget parked statuses older than so many days.
with old as (
    select organization_id, id from colomba.parked_statuses
    where received_at < now() - make_interval(days => $1)
    order by organization_id, id
    limit $2
    for update skip locked)
delete from colomba.parked_statuses parked using old
where (parked.organization_id, parked.id) = (old.organization_id, old.id)
