-- ensure --
-- Register a business account, or set its token anew; a null token leaves the stored one.
insert into colomba.business_accounts as account (organization_id, id, token_encrypted, token_set_at)
values ($1, $2, $3, case when $3::bytea is not null then now() end)
on conflict (organization_id, id) do update
set token_encrypted = coalesce(excluded.token_encrypted, account.token_encrypted),
    token_set_at = coalesce(excluded.token_set_at, account.token_set_at)
returning xmax = 0 as created

-- all_of --
-- The accounts of an organization, each with its encrypted token, else the latest of one of its numbers.
select account.organization_id, account.id, account.name, account.paused_at, account.pause_reason, account.messaging_limit,
       account.templates_synced_at,
       coalesce(account.token_encrypted, (
           select number.token_encrypted
           from colomba.phone_numbers number
           where number.organization_id = account.organization_id and number.business_account_id = account.id
             and number.token_encrypted is not null
           order by number.token_set_at desc
           limit 1)) as token
from colomba.business_accounts account
where account.organization_id = $1 and ($2::text is null or account.id = $2)
order by account.id

-- due_for_templates --
-- Accounts whose templates were not read from Meta for the interval given, the longest waiting first.
select organization_id, id
from colomba.business_accounts
where paused_at is null and (templates_synced_at is null or templates_synced_at < now() - $1::interval)
order by templates_synced_at nulls first
limit $2

-- templates_synced --
-- Remember that an account's templates were read now.
update colomba.business_accounts set templates_synced_at = now() where organization_id = $1 and id = $2
