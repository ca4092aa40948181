-- find --
-- The registered numbers among these: whose they are, and how a national `to` is to be read.
select number.id, number.organization_id, number.business_account_id, number.digits,
       coalesce(number.country, organization.default_country) as country
from phone_numbers number
join organizations organization on organization.id = number.organization_id and organization.deleted_at is null
where number.id = any ($1::text[]);

-- templates --
-- These stored templates; a row's version is the transaction that wrote it last.
select template.organization_id, template.id, template.xmin::text as version, template.name, template.language,
       template.status, template.category, template.parameter_format, template.components,
       template.disabled_at is not null as disabled
from unnest($1::bigint[], $2::bigint[]) as item (organization_id, id)
join templates template on template.organization_id = item.organization_id and template.id = item.id;

-- states --
-- Everything dispatch must know about the numbers, and who owns them now.
select number.id, number.organization_id, number.business_account_id, number.throughput, number.cap_per_second,
       number.cap_per_hour, number.cap_per_day,
       greatest(0, extract(epoch from number.held_until - clock_timestamp()))::float8 as held,
       number.paused_at is not null or number.credential_paused_at is not null or account.paused_at is not null as paused,
       coalesce(number.token_encrypted, account.token_encrypted) as token,
       case when number.token_encrypted is not null then number.token_set_at else account.token_set_at end as token_set_at,
       lease.owner, lease.epoch,
       coalesce(extract(epoch from lease.expires_at - clock_timestamp()), 0)::float8 as lease_left,
       coalesce((
           select used.intents from number_usage used
           where used.phone_number_id = number.id and used.hour = date_trunc('hour', now())
       ), 0) as used_hour,
       coalesce((
           select sum(used.intents) from number_usage used
           where used.phone_number_id = number.id and used.hour >= date_trunc('day', now())
       ), 0)::integer as used_day
from phone_numbers number
join business_accounts account
    on account.organization_id = number.organization_id and account.id = number.business_account_id
left join number_leases lease on lease.phone_number_id = number.id;

-- hold --
-- Let a number, or all of its account, wait; a longer wait is never shortened.
update phone_numbers number
set held_until = greatest(number.held_until, clock_timestamp() + make_interval(secs => $2))
where number.id = any (
    select other.id
    from phone_numbers own
    join phone_numbers other on other.organization_id = own.organization_id
        and (other.id = own.id or ($3 and other.business_account_id = own.business_account_id))
    where own.id = $1
    order by other.id
    for no key update of other
)
returning number.id;

-- pause_number --
-- Pause one number; no row when it was paused already.
update phone_numbers set paused_at = now(), pause_reason = $2
where id = $1 and paused_at is null
returning id, organization_id;

-- pause_credential --
-- Pause what uses this token, unless a newer one was set meanwhile; no row when it was paused already.
update phone_numbers number set credential_paused_at = now(), credential_pause_reason = $2
from business_accounts account
where number.id = $1 and number.credential_paused_at is null
  and account.organization_id = number.organization_id and account.id = number.business_account_id
  and (case when number.token_encrypted is not null then number.token_set_at else account.token_set_at end)
      is not distinct from $3::timestamptz
returning number.id, number.organization_id;

-- pause_account --
-- Pause the business account of a number; one row for each of its numbers, none when it was paused already.
with account as (
    update business_accounts account set paused_at = now(), pause_reason = $2
    from phone_numbers own
    where own.id = $1 and account.organization_id = own.organization_id and account.id = own.business_account_id
      and account.paused_at is null
    returning account.organization_id, account.id
)
select number.id, number.organization_id
from account
join phone_numbers number on number.organization_id = account.organization_id and number.business_account_id = account.id
order by number.id;

-- resume --
-- Lift every pause of a number: its own, its credential's and its account's; what was held goes on at once.
with account as (
    update business_accounts account set paused_at = null, pause_reason = null
    from phone_numbers own
    where own.organization_id = $1 and own.id = $2 and account.organization_id = own.organization_id
      and account.id = own.business_account_id and account.paused_at is not null and $3
)
update phone_numbers
set paused_at = null, pause_reason = null, credential_paused_at = null, credential_pause_reason = null, held_until = null
where organization_id = $1 and id = $2
returning id;

-- pause_template --
-- Stop a template; no row when it was stopped already.
update templates set paused_at = now(), pause_reason = $3, updated_at = now()
where organization_id = $1 and id = $2 and paused_at is null
returning id, name, language;

-- usage --
-- How much of its caps a number has used in this hour and on this day (UTC).
select coalesce(sum(used.intents) filter (where used.hour = date_trunc('hour', now())), 0)::integer as hour,
       coalesce(sum(used.intents), 0)::integer as day
from number_usage used
where used.organization_id = $1 and used.phone_number_id = $2 and used.hour >= date_trunc('day', now());

-- capped --
-- What numbers with caps of their own have used of them in this hour and on this day (UTC).
select number.id, cap.window_name, cap.used, cap.most
from phone_numbers number
cross join lateral (
    select coalesce(sum(used.intents) filter (where used.hour = date_trunc('hour', now())), 0)::integer as hour,
           coalesce(sum(used.intents), 0)::integer as day
    from number_usage used
    where used.phone_number_id = number.id and used.hour >= date_trunc('day', now())
) as used
cross join lateral (
    values ('hour', used.hour, number.cap_per_hour), ('day', used.day, number.cap_per_day)
) as cap (window_name, used, most)
where cap.most is not null
order by number.id;

-- forget_usage --
-- Drop counts of days gone by.
delete from number_usage where hour < date_trunc('day', now()) - interval '7 days';
