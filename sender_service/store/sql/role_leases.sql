-- hold --
-- Take a role that is free or ours, or renew it; no row when somebody else holds it.
insert into colomba.role_leases as lease (role, owner, epoch, expires_at)
values ($1, $2, 1, clock_timestamp() + $3::interval)
on conflict (role) do update
set epoch = case when lease.owner = excluded.owner then lease.epoch else lease.epoch + 1 end,
    owner = excluded.owner,
    expires_at = excluded.expires_at
where lease.owner = excluded.owner or lease.expires_at < clock_timestamp()
returning epoch

-- release --
-- Give a role up, so that the next one need not wait for the expiry.
update colomba.role_leases set expires_at = '-infinity' where role = $1 and owner = $2
