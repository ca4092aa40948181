-- record --
-- Write down who did what to what.
insert into colomba.audit_log (organization_id, actor, action, object, details) values ($1, $2, $3, $4, $5)

-- page --
-- What was done, newest first, one more than the page.
select id, actor, action, object, details, at
from colomba.audit_log
where organization_id = $1
  and ($2::bigint is null or id < $2)
  and ($3::text is null or action = $3)
  and ($4::text is null or actor = $4)
order by id desc
limit $5 + 1 offset $6

-- count --
-- How many entries pass the filters, counted no further than 10,001.
select count(*)
from (
    select 1 from colomba.audit_log
    where organization_id = $1 and ($2::text is null or action = $2) and ($3::text is null or actor = $3)
    limit 10001
) counted
