-- insert --
-- Store a key's hash; the secret itself is shown once and kept nowhere.
insert into colomba.api_keys (organization_id, name, role, prefix, hash, created_by, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
returning id, name, role, prefix, created_by, created_at, expires_at, revoked_at, last_used_at

-- count_named --
-- How many keys of that name an organization has, whatever their state.
select count(*) from colomba.api_keys where organization_id = $1 and name = $2

-- find --
-- The key of a prefix with all that decides whether it opens; keys of deleted organizations are not found.
select key.id, key.organization_id, key.name, key.role, key.hash, key.last_used_at,
       key.revoked_at is not null as revoked,
       coalesce(key.expires_at <= now(), false) as expired,
       coalesce(key.last_used_at < now() - interval '1 minute', true) as stale
from colomba.api_keys key
join colomba.organizations organization on organization.id = key.organization_id and organization.deleted_at is null
where key.prefix = $1

-- touch --
-- Remember that a key was used, at most once a minute.
update colomba.api_keys set last_used_at = now()
where organization_id = $1 and id = $2 and (last_used_at is null or last_used_at < now() - interval '1 minute')

-- page --
-- An organization's keys, newest first, one more than the page.
select id, name, role, prefix, created_by, created_at, expires_at, revoked_at, last_used_at
from colomba.api_keys
where organization_id = $1 and ($2::bigint is null or id < $2)
order by id desc
limit $3 + 1 offset $4

-- count --
-- How many keys an organization has, counted no further than 10,001.
select count(*) from (select 1 from colomba.api_keys where organization_id = $1 limit 10001) counted

-- revoke --
-- Close a key for good; repeating it changes nothing.
update colomba.api_keys set revoked_at = coalesce(revoked_at, now())
where organization_id = $1 and id = $2
returning id, name, role, prefix, created_by, created_at, expires_at, revoked_at, last_used_at
