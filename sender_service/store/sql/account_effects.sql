-- template_status --
-- Follow Meta's status of a template; our own DISABLED is another column and stays.
update templates
set status = coalesce($5, status),
    rejected_reason = case when $5 = 'REJECTED' then $6 when $5 is null then rejected_reason end,
    paused_at = case when $5 = 'PAUSED' then coalesce(paused_at, now()) when $5 is null then paused_at end,
    pause_reason = case when $5 = 'PAUSED' then coalesce($6, 'paused by Meta') when $5 is null then pause_reason end,
    updated_at = now()
where organization_id = $1 and business_account_id = $2 and name = $3 and replace(language, '-', '_') = replace($4, '-', '_')
returning id;

-- template_fact --
-- Follow Meta's quality or category of a template; changed components are fetched again by the next sync.
update templates
set quality = coalesce($5, quality),
    category = coalesce($6, category),
    synced_at = case when $7 then null else synced_at end,
    updated_at = now()
where organization_id = $1 and business_account_id = $2 and name = $3 and replace(language, '-', '_') = replace($4, '-', '_')
returning id;

-- number --
-- Follow Meta's limits, quality, throughput and name of a number, found by its id or its digits.
update phone_numbers
set messaging_limit = coalesce($4, messaging_limit),
    quality = coalesce($5, quality),
    throughput = coalesce($6, throughput),
    verified_name = coalesce($7, verified_name)
where organization_id = $1 and (id = $2 or (digits <> '' and digits = $3))
returning id;

-- account --
-- Follow Meta's review and limits of a business account.
update business_accounts
set review_status = coalesce($3, review_status),
    messaging_limit = coalesce($4, messaging_limit),
    settings = settings || coalesce($5::text::jsonb, '{}')
where organization_id = $1 and id = $2;

-- pause_account --
-- Stop sending from a business account Meta disabled; the numbers concerned.
with paused as (
    update business_accounts
    set paused_at = now(), pause_reason = $3
    where organization_id = $1 and id = $2 and paused_at is null
    returning organization_id, id
)
select number.id
from paused
join phone_numbers number on number.organization_id = paused.organization_id and number.business_account_id = paused.id;

-- resume_account --
-- Send again from a business account that was paused for this kind of reason; the numbers concerned.
with resumed as (
    update business_accounts
    set paused_at = null, pause_reason = null
    where organization_id = $1 and id = $2 and starts_with(pause_reason, $3)
    returning organization_id, id
)
select number.id
from resumed
join phone_numbers number on number.organization_id = resumed.organization_id and number.business_account_id = resumed.id;
