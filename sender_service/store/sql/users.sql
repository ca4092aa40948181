-- insert --
-- Add a person; nothing when the address is taken.
insert into colomba.users (organization_id, email, name, role, password_hash)
values ($1, $2, $3, $4, $5)
on conflict (organization_id, lower(email)) do nothing
returning id, email, name, role, disabled_at, last_login_at, created_at

-- page --
-- An organization's people, newest first, one more than the page.
select id, email, name, role, disabled_at, last_login_at, created_at
from colomba.users
where organization_id = $1 and ($2::bigint is null or id < $2)
order by id desc
limit $3 + 1 offset $4

-- count --
-- How many people an organization has, counted no further than 10,001.
select count(*) from (select 1 from colomba.users where organization_id = $1 limit 10001) counted

-- get --
-- One person.
select id, email, name, role, disabled_at, last_login_at, created_at
from colomba.users
where organization_id = $1 and id = $2

-- edit --
-- Change a person; null leaves a column as it is.
update colomba.users
set name = coalesce($3, name),
    role = coalesce($4, role),
    password_hash = coalesce($5, password_hash),
    disabled_at = case when $6::boolean is null then disabled_at when $6 then coalesce(disabled_at, now()) end
where organization_id = $1 and id = $2
returning id, email, name, role, disabled_at, last_login_at, created_at

-- make_owner --
-- One owner: the person named; who was one before becomes an administrator.
update colomba.users
set role = case when id = $2 then 'OWNER' else 'ADMIN' end
where organization_id = $1 and (id = $2 or role = 'OWNER')

-- owners --
-- The living owners, held until the transaction ends: two of them cannot step down past each other.
select id from colomba.users
where organization_id = $1 and role = 'OWNER' and disabled_at is null
order by id
for update
