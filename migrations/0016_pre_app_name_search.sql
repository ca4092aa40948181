-- Contacts are found by the name the business's own phone has for them, too.
-- transactional: false
-- depends: 0015_pre_phones_own_history

create index concurrently contacts_app_words on colomba.contacts using gin (to_tsvector('simple', app_name))
    where app_name is not null;

-- Up to `cap` contacts whose names hold words beginning so, or whose phone begins so. With more hits than that, any of them.
create or replace function colomba.search_contacts(query text, cap integer) returns setof bigint
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
            where (to_tsvector('simple', coalesce(display_name, '') || ' ' || coalesce(profile_name, '') || ' '
                                         || coalesce(business_name, '') || ' ' || coalesce(username, '')) @@ wanted
                   or app_name is not null and to_tsvector('simple', app_name) @@ wanted)
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
