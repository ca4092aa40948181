-- A search for one rare word looks its blocks up in fewer questions.
-- depends: 0022_pre_drop_message_log_time

-- As before; where a single word is in less than one message of a block, up to 512 blocks are asked for at once.
create or replace function colomba.search_messages(query text, before bigint, wanted integer) returns setof bigint
language plpgsql stable security definer
set search_path = colomba, pg_catalog
set enable_seqscan = off
set max_parallel_workers_per_gather = 0
as $$
declare
    organization bigint := current_organization();
    words text[] := tsvector_to_array(to_tsvector('simple', query));
    lowest bigint;
    block bigint;
    step bigint := 1;
    found_now integer;
    conditions text;
begin
    if array_length(words, 1) is null then
        return;
    end if;
    select min(id) >> 14, max(id) >> 14 into lowest, block from message_log where organization_id = organization;
    block := least(block, (before - 1) >> 14);
    while block >= lowest and wanted > 0 loop
        select string_agg(format('message_words(organization_id, id, text) && array(select %L || generate_series(%s, %s) || %L)',
                                 organization || '.', greatest(block - step + 1, lowest), block, ':' || word), ' and ')
        into conditions from unnest(words[1:8]) as word;
        return query execute format(
            -- Walled in, so that no other index is taken: the words are what narrows.
            'select id from (select id from message_log where text is not null and %s offset 0) as found'
            ' where id < %s order by id desc limit %s',
            conditions, coalesce(before, 9223372036854775807), wanted);
        get diagnostics found_now = row_count;
        wanted := wanted - found_now;
        block := block - step;
        -- The index weighs every hit against every key asked for: with many hits, more keys at once would cost more than
        -- more questions. How many hits each of several words has is not known here.
        step := least(step * 2, case when array_length(words, 1) = 1 and found_now < step then 512 else 64 end);
    end loop;
end
$$;
