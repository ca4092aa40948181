-- Contacts are found by their own organization's words alone: a name that many organizations know hid one's own few.
-- depends: 0024_pre_short_pending_lists
-- transactional: false

-- The words of a contact's names, each marked with its organization.
create or replace function colomba.contact_words(organization bigint, names text) returns tsvector
language sql immutable parallel safe
return (select array_to_tsvector(coalesce(array_agg(organization || ':' || word), '{}'))
        from unnest(tsvector_to_array(to_tsvector('simple', names))) as word);

create index concurrently if not exists contacts_own_words on colomba.contacts using gin (
    colomba.contact_words(organization_id, coalesce(display_name, '') || ' ' || coalesce(app_name, '') || ' '
                          || coalesce(profile_name, '') || ' ' || coalesce(business_name, '') || ' '
                          || coalesce(username, ''))) with (gin_pending_list_limit = 64);

-- Up to `cap` contacts whose names hold words beginning so, or whose phone begins so. With more hits than that, any of them.
create or replace function colomba.search_contacts(query text, cap integer) returns setof bigint
language plpgsql stable security definer
set search_path = colomba, pg_catalog
set gin_fuzzy_search_limit = 20000
set max_parallel_workers_per_gather = 0
as $$
declare
    organization bigint := current_organization();
    words text[] := tsvector_to_array(to_tsvector('simple', query));
    digits text := regexp_replace(query, '[^0-9]', '', 'g');
    wanted tsquery;
begin
    if array_length(words, 1) > 0 then
        select string_agg(quote_literal(organization || ':' || word) || ':*', ' & ')::tsquery into wanted
        from unnest(words) as word;
        if array_length(words, 1) > 1 then
            -- A sample of each of two frequent words would miss most of those that have both.
            perform set_config('gin_fuzzy_search_limit', '0', true);
        end if;
        return query
            select id from contacts
            where contact_words(organization_id, coalesce(display_name, '') || ' ' || coalesce(app_name, '') || ' '
                                || coalesce(profile_name, '') || ' ' || coalesce(business_name, '') || ' '
                                || coalesce(username, '')) @@ wanted
              and organization_id = organization and merged_into is null
            limit cap;
    end if;
    if length(digits) >= 3 and query ~ '^[-+0-9 ()./]+$' then
        return query
            select id from contacts
            where organization_id = organization and merged_into is null and phone like digits || '%'
            limit cap;
    end if;
end
$$;

drop index concurrently if exists colomba.contacts_words;
drop index concurrently if exists colomba.contacts_app_words;
