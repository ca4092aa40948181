-- A search for a rare word looks it up in a block for each million messages, not for each 16,384.
-- depends: 0026_pre_ticks_are_no_messages
-- transactional: false

-- The words of a message, each marked with its organization and once with the block of 16,384 ids it lies in (`.`), once
-- with the block of 1,048,576 (`+`). Compared byte by byte, as "C" does: half of a look-up's time went into the words of
-- the language.
create or replace function colomba.message_keys(organization bigint, message bigint, words text) returns text[]
language plpgsql immutable parallel safe as $$
declare
    plain text := nullif(array_to_string(tsvector_to_array(to_tsvector('pg_catalog.simple', words)), E'\n'), '');
    near text := organization || '.' || (message >> 14) || ':';
    far text := organization || '+' || (message >> 20) || ':';
begin
    return string_to_array(near || replace(plain, E'\n', E'\n' || near) || E'\n' || far
                           || replace(plain, E'\n', E'\n' || far), E'\n');
end
$$;

create index concurrently if not exists message_log_keys on colomba.message_log
    using gin ((colomba.message_keys(organization_id, id, text)) collate "C") with (gin_pending_list_limit = 64)
    where text is not null;

-- What `message_keys` writes for a word, for the blocks from that of the id `first` to that of the id `last`.
create or replace function colomba.search_keys(organization bigint, word text, first bigint, last bigint, large boolean)
returns text[]
language sql immutable parallel safe
return (select array_agg(organization || case when large then '+' else '.' end || block || ':' || word)
        from generate_series(first >> case when large then 20 else 14 end,
                             last >> case when large then 20 else 14 end) as block);

-- Ids below `before` of the newest `wanted` messages that hold all the words. The blocks are walked from the newest; how
-- many of the last ones' messages hold the words decides how many are asked for next, and of which size: a large block
-- is read whole, so it is worth it where that is no more than what is wanted.
create or replace function colomba.search_messages(query text, before bigint, wanted integer) returns setof bigint
language plpgsql stable security definer
set search_path = colomba, pg_catalog
set enable_seqscan = off
set max_parallel_workers_per_gather = 0
set plan_cache_mode = force_generic_plan
as $$
declare
    organization bigint := current_organization();
    words text[] := tsvector_to_array(to_tsvector('simple', query));
    lowest bigint;
    edge bigint;
    first bigint;
    large boolean := false;
    steps integer := 1;
    found_now integer;
    density float;
begin
    if array_length(words, 1) is null then
        return;
    end if;
    select min(id), least(max(id) + 1, before) into lowest, edge from message_log where organization_id = organization;
    while edge > lowest and wanted > 0 loop
        first := case when large then ((edge - 1 >> 20) - steps + 1) << 20 else ((edge - 1 >> 14) - steps + 1) << 14 end;
        first := greatest(first, lowest);
        if array_length(words, 1) = 1 then
            return query
                -- Walled in, so that no other index is taken: the words are what narrows.
                select found.id
                from (select log.id from message_log log
                      where log.text is not null
                        and message_keys(log.organization_id, log.id, log.text) collate "C"
                            && search_keys(organization, words[1], first, edge - 1, large) offset 0) as found
                where found.id < edge
                order by found.id desc limit wanted;
        else
            return query execute (
                select 'select id from (select id from message_log where text is not null and '
                       || string_agg(format('message_keys(organization_id, id, text) collate "C" && %L::text[]',
                                            search_keys(organization, word, first, edge - 1, large)), ' and ')
                       || format(' offset 0) as found where id < %s order by id desc limit %s', edge, wanted)
                from unnest(words[1:8]) as word);
        end if;
        get diagnostics found_now = row_count;
        wanted := wanted - found_now;
        density := found_now::float / greatest(1, (edge - 1 >> 14) - (first >> 14) + 1);
        if density * 64 <= wanted then
            steps := case when large then least(steps * 2, 64) else 1 end;
            large := true;
        else
            steps := least(64, greatest(1, ceil(wanted / density)));
            large := false;
        end if;
        edge := first;
    end loop;
end
$$;

drop index concurrently if exists colomba.message_log_words;
drop function if exists colomba.message_words(bigint, bigint, text);
