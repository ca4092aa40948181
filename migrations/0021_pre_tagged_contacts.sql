-- Contacts by tag, however few have it, and the id of a moment without planning each of its probes.
-- depends: 0020_pre_inbox_and_contact_lists
-- transactional: false

-- Tags marked with their organization: others' contacts of the same tag are not looked at.
create or replace function colomba.own_tags(organization bigint, tags text[]) returns text[]
language sql immutable parallel safe
return (select array_agg(organization || ':' || tag) from unnest(tags) as tag);

create index concurrently if not exists contacts_tags on colomba.contacts
    using gin (colomba.own_tags(organization_id, tags)) where tags <> '{}';

-- Row-level security keeps the planner from using an index on arrays, so this runs as its owner and narrows by itself.
-- Up to `cap` contacts that have a tag; with more than that, any of them.
create or replace function colomba.tagged_contacts(tag text, cap integer) returns setof bigint
language plpgsql stable security definer
set search_path = colomba, pg_catalog
set plan_cache_mode = force_custom_plan
as $$
declare
    wanted text[] := array[current_organization() || ':' || tag];
begin
    return query
        select id from contacts
        where tags <> '{}' and own_tags(organization_id, tags) @> wanted
          and organization_id = current_organization() and merged_into is null
        limit cap;
end
$$;
revoke execute on function colomba.tagged_contacts(text, integer) from public;
grant execute on function colomba.tagged_contacts(text, integer) to colomba_api;

-- Its twenty probes are one and the same query: the doors' habit of planning with the values cost 1 ms for each.
alter function colomba.message_id_at(bigint, timestamptz) set plan_cache_mode = force_generic_plan;
