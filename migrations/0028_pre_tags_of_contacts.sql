-- The contacts of a tag in the order of their list, and names found by the whole word first.
-- depends: 0027_pre_search_by_two_sizes_of_blocks

-- An index on arrays knows no order: a page of the contacts of a tag meant reading all of them.
create table colomba.contact_tags (
    organization_id bigint not null,
    tag text not null,
    contact_id bigint not null,
    primary key (organization_id, tag, contact_id)
);
alter table colomba.contact_tags enable row level security;
create policy own_organization on colomba.contact_tags to colomba_api
    using (organization_id = colomba.current_organization())
    with check (organization_id = colomba.current_organization());
grant select, insert, update, delete on colomba.contact_tags to colomba_api;

create function colomba.note_contact_tags() returns trigger
language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        delete from colomba.contact_tags
        where organization_id = old.organization_id and tag = any(old.tags) and contact_id = old.id;
    end if;
    if tg_op <> 'DELETE' and new.merged_into is null then
        insert into colomba.contact_tags (organization_id, tag, contact_id)
        select new.organization_id, tag, new.id from unnest(new.tags) as tag
        on conflict do nothing;
    end if;
    return null;
end
$$;

create trigger contact_tags_made after insert on colomba.contacts
    for each row when (new.tags <> '{}') execute function colomba.note_contact_tags();
create trigger contact_tags_changed after update of tags, merged_into on colomba.contacts
    for each row when (old.tags <> new.tags or old.merged_into is distinct from new.merged_into)
    execute function colomba.note_contact_tags();
create trigger contact_tags_gone after delete on colomba.contacts
    for each row when (old.tags <> '{}') execute function colomba.note_contact_tags();

-- Up to `cap` contacts whose names hold words beginning so, those that hold the very words first, or whose phone begins so.
-- With more hits than that, any of them.
create or replace function colomba.search_contacts(query text, cap integer) returns setof bigint
language plpgsql stable security definer
set search_path = colomba, pg_catalog
set gin_fuzzy_search_limit = 5000
set max_parallel_workers_per_gather = 0
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
    organization bigint := current_organization();
    words text[] := tsvector_to_array(to_tsvector('simple', query));
    digits text := regexp_replace(query, '[^0-9]', '', 'g');
    wanted tsquery;
    whole tsquery;
    found_now integer;
begin
    if array_length(words, 1) > 0 then
        select string_agg(quote_literal(organization || ':' || word), ' & ')::tsquery,
               string_agg(quote_literal(organization || ':' || word) || ':*', ' & ')::tsquery
        into whole, wanted
        from unnest(words) as word;
        if array_length(words, 1) > 1 then
            -- A sample of each of two frequent words would miss most of those that have both.
            perform set_config('gin_fuzzy_search_limit', '0', true);
        end if;
        foreach wanted in array array[whole, wanted && !! whole] loop
            return query
                select id from contacts
                where contact_words(organization_id, coalesce(display_name, '') || ' ' || coalesce(app_name, '') || ' '
                                    || coalesce(profile_name, '') || ' ' || coalesce(business_name, '') || ' '
                                    || coalesce(username, '')) @@ wanted
                  and organization_id = organization and merged_into is null
                limit cap;
            get diagnostics found_now = row_count;
            cap := cap - found_now;
            exit when cap <= 0;
        end loop;
    end if;
    if length(digits) >= 3 and query ~ '^[-+0-9 ()./]+$' then
        return query
            select id from contacts
            where organization_id = organization and merged_into is null
              -- What begins so, said so that it is found by the index whatever it is: after 9 comes the colon.
              and phone ~>=~ digits and phone ~<~ (digits || ':')
            limit cap;
    end if;
end
$$;
