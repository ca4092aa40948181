-- Partitions by day: made ahead, and dropped as a whole after their time.
-- depends: 0006_pre_reading

-- Make the partition of one day and move into it what the default partition already holds of that day; false when it exists.
create function colomba.make_partition(parent text, day date) returns boolean
language plpgsql as $$
declare
    child text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
    spare text := format('%s_default', parent);
    key text;
begin
    if to_regclass(format('colomba.%I', child)) is not null then
        return false;
    end if;
    perform set_config('lock_timeout', '2s', true);
    select a.attname into key
    from pg_partitioned_table p
    join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = format('colomba.%I', parent)::regclass;
    execute format('create table colomba.%I (like colomba.%I including defaults including constraints including storage)',
                   child, parent);
    execute format('lock table colomba.%I in access exclusive mode', spare);
    execute format('with moved as (delete from colomba.%I where %I >= $1 and %I < $2 returning *)'
                   ' insert into colomba.%I select * from moved', spare, key, key, child)
        using day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC';
    execute format('alter table colomba.%I attach partition colomba.%I for values from (%L) to (%L)', parent, child,
                   day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
    return true;
end
$$;

-- Drop the partitions of a table that lie wholly before a day, and the default partition's rows of that time; their names.
create function colomba.drop_partitions(parent text, before date) returns setof text
language plpgsql as $$
declare
    child text;
begin
    perform set_config('lock_timeout', '2s', true);
    for child in
        select c.relname
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = format('colomba.%I', parent)::regclass
          and c.relname ~ '_[0-9]{8}$'
          and to_date(right(c.relname, 8), 'YYYYMMDD') < before
        order by c.relname
    loop
        execute format('drop table colomba.%I', child);
        return next child;
    end loop;
end
$$;

do $$
begin
    perform colomba.make_partition(parent, (now() at time zone 'UTC')::date + ahead)
    from unnest(array['message_status_events', 'message_attempts', 'webhook_log']) as parent,
         generate_series(-1, 3) as ahead;
end
$$;
