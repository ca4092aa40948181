-- The second wall between organizations: the HTTP doors work under a role that sees the rows of one organization only.
-- depends: 0004_pre_inbound

-- A role belongs to the whole server: another database of it may have made it already, or be making it at this moment.
do $$
begin
    if not exists (select from pg_roles where rolname = 'colomba_api') then
        create role colomba_api nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$$;
do $$
begin
    if not pg_has_role(current_user, 'colomba_api', 'member') then
        execute format('grant colomba_api to %I', current_user);
    end if;
exception when unique_violation then
    null;
end
$$;

grant usage on schema colomba to colomba_api;

create function colomba.current_organization() returns bigint
language sql stable parallel safe
return nullif(current_setting('colomba.organization', true), '')::bigint;

-- Every table with an organization gets the same policy; the owner of the tables (the worker, the scheduler) is not bound by it.
do $$
declare
    name text;
begin
    for name in
        select c.relname
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'colomba'
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
        where c.relkind in ('r', 'p') and not c.relispartition
    loop
        execute format('alter table colomba.%I enable row level security', name);
        execute format(
            'create policy own_organization on colomba.%I to colomba_api'
            ' using (organization_id = colomba.current_organization())'
            ' with check (organization_id = colomba.current_organization())', name);
        execute format('grant select, insert, update, delete on colomba.%I to colomba_api', name);
    end loop;
end
$$;

alter table colomba.organizations enable row level security;
create policy own_organization on colomba.organizations to colomba_api
    using (id = colomba.current_organization()) with check (id = colomba.current_organization());
grant select, update on colomba.organizations to colomba_api;

-- Events of a change made over HTTP leave with the change; nobody there reads or removes them.
grant insert, select (id) on colomba.outbox to colomba_api;

-- Nobody rewrites what was done.
revoke update, delete on colomba.audit_log from colomba_api;

create index conversations_contact on colomba.conversations (organization_id, contact_id);
