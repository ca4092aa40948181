-- append --
-- Keep the events of this transaction until the broker confirmed them.
insert into outbox (events) values ($1) returning id;

-- delete --
-- Forget rows whose events the broker confirmed. Nobody waits for the disk: what a crash of the database brings back is told again, as it may be.
with unhurried as materialized (select set_config('synchronous_commit', 'off', true))
delete from outbox using unhurried where id = any($1::bigint[]);

-- take_old --
-- The oldest rows nobody published in time; two publishers at once only publish twice.
select id, events
from outbox
where created_at < now() - make_interval(secs => $1)
order by id
limit $2;
