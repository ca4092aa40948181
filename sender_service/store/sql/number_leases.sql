-- heartbeat --
-- Say that this worker lives, and renew every lease it holds, in one statement; the leases it still has.
with alive as (
    insert into workers as worker (id, expires_at) values ($1, clock_timestamp() + $2::interval)
    on conflict (id) do update set expires_at = excluded.expires_at
), own as (
    select phone_number_id from number_leases
    where owner = $1 and phone_number_id = any ($3::text[]) and expires_at > clock_timestamp()
    order by phone_number_id
    for no key update
)
update number_leases lease set expires_at = clock_timestamp() + $2::interval
from own
where lease.phone_number_id = own.phone_number_id
returning lease.phone_number_id, lease.epoch;

-- live_workers --
-- The workers whose heart beats.
select id from workers where expires_at > clock_timestamp();

-- claim --
-- Take numbers nobody holds, in key order; the epoch grows with each owner.
insert into number_leases as lease (phone_number_id, owner, epoch, expires_at)
select number, $1, 1, clock_timestamp() + $2::interval from unnest($3::text[]) as number order by number
on conflict (phone_number_id) do update
set owner = excluded.owner, epoch = lease.epoch + 1, expires_at = excluded.expires_at
where lease.expires_at < clock_timestamp()
returning phone_number_id, epoch;

-- release --
-- Give numbers back at once, so that the next owner need not wait for the expiry.
update number_leases set expires_at = to_timestamp(0)
where owner = $1 and phone_number_id = any ($2::text[]);

-- leave --
-- The worker stops: others take its share at their next heartbeat.
with gone as (
    delete from workers where id = $1
)
update number_leases set expires_at = to_timestamp(0) where owner = $1;

-- bury --
-- Forget workers that stopped without leaving.
delete from workers where expires_at < clock_timestamp() - interval '1 hour';
