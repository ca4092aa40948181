-- Finding contacts by name and messages by word, quickly whether a word is rare or everywhere.
-- depends: 0009_pre_campaigns_and_statistics

-- Row-level security keeps the planner from using an index on an operator that could leak (text search is one), so the
-- search functions run as their owner and narrow to the organization themselves.

create index contacts_words on colomba.contacts using gin (
    to_tsvector('simple', coalesce(display_name, '') || ' ' || coalesce(profile_name, '') || ' '
                          || coalesce(business_name, '') || ' ' || coalesce(username, '')));
create index contacts_phone_prefix on colomba.contacts (organization_id, phone text_pattern_ops) where phone is not null;

-- Up to `cap` contacts whose names hold words beginning so, or whose phone begins so. With more hits than that, any of them.
create function colomba.search_contacts(query text, cap integer) returns setof bigint
language plpgsql stable security definer
set search_path = colomba, pg_catalog
set gin_fuzzy_search_limit = 20000
as $$
declare
    words text[] := tsvector_to_array(to_tsvector('simple', query));
    digits text := regexp_replace(query, '[^0-9]', '', 'g');
    wanted tsquery;
begin
    if array_length(words, 1) > 0 then
        select string_agg(quote_literal(word) || ':*', ' & ')::tsquery into wanted from unnest(words) as word;
        return query
            select id from contacts
            where to_tsvector('simple', coalesce(display_name, '') || ' ' || coalesce(profile_name, '') || ' '
                                        || coalesce(business_name, '') || ' ' || coalesce(username, '')) @@ wanted
              and organization_id = current_organization() and merged_into is null
            limit cap;
    end if;
    if length(digits) >= 3 and query ~ '^[-+0-9 ()./]+$' then
        return query
            select id from contacts
            where organization_id = current_organization() and merged_into is null and phone like digits || '%'
            limit cap;
    end if;
end
$$;

-- The words of a message, each marked with its organization and with the block of 16,384 ids it lies in. A search walks the
-- blocks from the newest: what a frequent word would cost in the whole table it costs in a block or two, and a rare word
-- is looked up in all blocks at once, by keys that mostly do not exist.
create function colomba.message_words(organization bigint, message bigint, words text) returns text[]
language sql immutable parallel safe
return (select array_agg(organization || '.' || (message >> 14) || ':' || word)
        from unnest(tsvector_to_array(to_tsvector('simple', words))) as word);

create index message_log_words on colomba.message_log using gin (colomba.message_words(organization_id, id, text))
    where text is not null;

-- Ids below `before` of the newest `wanted` messages that hold all the words.
create function colomba.search_messages(query text, before bigint, wanted integer) returns setof bigint
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
        -- The index weighs every hit against every key asked for: more keys at once would cost more than more questions.
        step := least(step * 2, 64);
    end loop;
end
$$;

revoke execute on function colomba.search_contacts(text, integer) from public;
revoke execute on function colomba.search_messages(text, bigint, integer) from public;
grant execute on function colomba.search_contacts(text, integer) to colomba_api;
grant execute on function colomba.search_messages(text, bigint, integer) to colomba_api;
