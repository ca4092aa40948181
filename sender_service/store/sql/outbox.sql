-- append --
-- Keep the events of this transaction until the broker confirmed them.
insert into outbox (events) values ($1) returning id;

-- delete --
-- Forget rows whose events the broker confirmed.
delete from outbox where id = any($1::bigint[]);

-- take_old --
-- The oldest rows nobody published in time; two publishers at once only publish twice.
select id, events
from outbox
where created_at < now() - make_interval(secs => $1)
order by id
limit $2;
