-- ensure --
-- Register a number, or bring a registered one of the same organization up to date; another organization's is left alone.
insert into colomba.phone_numbers as number
    (organization_id, id, business_account_id, digits, display_phone_number, country, token_encrypted, token_set_at)
values ($1, $2, $3, $4, $5, $6, $7, case when $7::bytea is not null then now() end)
on conflict (id) do update
set business_account_id = excluded.business_account_id,
    digits = coalesce(nullif(excluded.digits, ''), number.digits),
    display_phone_number = coalesce(nullif(excluded.display_phone_number, ''), number.display_phone_number),
    country = coalesce(excluded.country, number.country),
    token_encrypted = coalesce(excluded.token_encrypted, number.token_encrypted),
    token_set_at = coalesce(excluded.token_set_at, number.token_set_at)
where number.organization_id = excluded.organization_id
returning xmax = 0 as created

-- ids --
-- The numbers an organization sends from.
select id from colomba.phone_numbers where organization_id = $1 order by id

-- owner --
-- Whose a number is.
select organization_id from colomba.phone_numbers where id = $1
