-- What old partitions lose, the default partition loses too: a bounded number of rows at a time.
-- depends: 0013_pre_unknown_keeps

-- Drop the partitions of a table that lie wholly before a day, and up to 20,000 of the default partition's rows of that
-- time; their names.
create or replace function colomba.drop_partitions(parent text, before date) returns setof text
language plpgsql as $$
declare
    child text;
    spare text := format('%s_default', parent);
    key text;
    gone bigint;
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
    select a.attname into key
    from pg_partitioned_table p
    join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = format('colomba.%I', parent)::regclass;
    execute format('delete from colomba.%I where ctid = any (array('
                   'select ctid from colomba.%I where %I < $1 order by %I limit 20000))', spare, spare, key, key)
        using before::timestamp at time zone 'UTC';
    get diagnostics gone = row_count;
    if gone > 0 then
        return next spare;
    end if;
end
$$;
