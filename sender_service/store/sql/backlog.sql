-- queued --
-- How many messages are not settled, by state, counted no further than 100,000.
select state, count(*) as messages
from (select state from colomba.send_queue limit 100000) as waiting
group by state

-- unknown --
-- How many sends are in doubt, counted no further than 10,000.
select count(*) from (select from colomba.unknown_sends limit 10000) as doubtful

-- oldest_event --
-- Seconds the oldest unpublished outbox row has waited; 0 when there is none.
select coalesce(extract(epoch from clock_timestamp() - (select created_at from colomba.outbox order by id limit 1)), 0)::float8

-- paused --
-- How many numbers stand still, by cause; one number can have several.
select cause, count(*) as numbers
from colomba.phone_numbers number
join colomba.business_accounts account
    on account.organization_id = number.organization_id and account.id = number.business_account_id
cross join lateral unnest(array[
    case when number.paused_at is not null then 'number' end,
    case when number.credential_paused_at is not null then 'credential' end,
    case when account.paused_at is not null then 'account' end,
    case when number.held_until > clock_timestamp() then 'held' end
]) as cause
where cause is not null
group by cause
