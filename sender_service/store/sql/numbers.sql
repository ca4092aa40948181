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

-- page --
-- An organization's numbers with what stops them, by id, one more than the page.
select number.organization_id, number.id, number.business_account_id, number.display_phone_number, number.digits,
       number.country, number.verified_name, number.quality, number.messaging_limit, number.status, number.throughput,
       number.cap_per_second, number.cap_per_hour, number.cap_per_day, number.held_until, number.paused_at,
       number.pause_reason, number.credential_paused_at, number.credential_pause_reason,
       account.paused_at as account_paused_at, account.pause_reason as account_pause_reason,
       number.health, number.health_at, number.registered_at, number.created_at,
       coalesce(number.token_set_at, account.token_set_at) as token_set_at,
       number.token_encrypted is not null or account.token_encrypted is not null as has_token,
       (select count(*) from colomba.phone_numbers counted where counted.organization_id = $1) as total
from colomba.phone_numbers number
join colomba.business_accounts account
    on account.organization_id = number.organization_id and account.id = number.business_account_id
where number.organization_id = $1 and ($2::text is null or number.id = $2) and ($3::text is null or number.id > $3)
order by number.id
limit $4 + 1 offset $5

-- edit --
-- Change what an operator may change of a number; null leaves a column as it is, 0 takes a cap away.
update colomba.phone_numbers
set display_phone_number = coalesce($3, display_phone_number),
    digits = coalesce($4, digits),
    country = coalesce($5, country),
    throughput = coalesce($6, throughput),
    cap_per_second = case when $7::integer is null then cap_per_second else nullif($7, 0) end,
    cap_per_hour = case when $8::integer is null then cap_per_hour else nullif($8, 0) end,
    cap_per_day = case when $9::integer is null then cap_per_day else nullif($9, 0) end
where organization_id = $1 and id = $2
returning id

-- pause --
-- Stop a number; its backlog stays. No row when it was stopped already.
update colomba.phone_numbers set paused_at = now(), pause_reason = $3
where organization_id = $1 and id = $2 and paused_at is null
returning id

-- set_token --
-- Give a number a token of its own; a pause for the old one is lifted.
update colomba.phone_numbers
set token_encrypted = $3, token_set_at = now(), credential_paused_at = null, credential_pause_reason = null
where organization_id = $1 and id = $2
returning id

-- credentials --
-- What calls to Meta about a number need.
select number.id, number.business_account_id, number.token_encrypted as number_token,
       account.token_encrypted as account_token
from colomba.phone_numbers number
join colomba.business_accounts account
    on account.organization_id = number.organization_id and account.id = number.business_account_id
where number.organization_id = $1 and number.id = $2

-- seen --
-- Keep what Meta says about a number.
update colomba.phone_numbers
set verified_name = coalesce($3, verified_name),
    quality = coalesce($4, quality),
    messaging_limit = coalesce($5, messaging_limit),
    status = coalesce($6, status),
    throughput = coalesce($7, throughput),
    display_phone_number = coalesce($8, display_phone_number),
    digits = coalesce(nullif($9, ''), digits),
    country = coalesce($10, country),
    health = coalesce($11, health),
    health_at = now()
where organization_id = $1 and id = $2
returning id

-- registered --
-- Remember that a number was registered for the Cloud API.
update colomba.phone_numbers set registered_at = now() where organization_id = $1 and id = $2

-- backlog --
-- What waits on a number, by state.
select state, count(*) as messages
from colomba.send_queue
where organization_id = $1 and phone_number_id = $2
group by state
