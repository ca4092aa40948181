-- take --
-- Files whose turn has come, each for one worker only; one that dies with them gives them back after ten minutes.
with due as (
    select organization_id, id
    from media_files
    where status = 'pending' and direction = 'inbound' and due_at <= now()
    order by due_at
    limit $1
    for update skip locked
)
update media_files file
set tries = file.tries + 1, due_at = now() + interval '10 minutes'
from due
join media_files listed on listed.organization_id = due.organization_id and listed.id = due.id
left join phone_numbers number on number.organization_id = listed.organization_id and number.id = listed.phone_number_id
left join business_accounts account
    on account.organization_id = number.organization_id and account.id = number.business_account_id
where file.organization_id = due.organization_id and file.id = due.id
returning file.organization_id, file.id, file.phone_number_id, file.meta_id, file.mime_type, file.sha256, file.tries,
          number.business_account_id, array[number.token_encrypted, account.token_encrypted] as tokens;

-- stored --
-- The file is kept under our name.
update media_files
set status = 'stored', path = $3, size = $4, sha256 = $5, sniffed_mime_type = $6, error = $7, stored_at = now(), due_at = null
where organization_id = $1 and id = $2;

-- failed --
-- The download failed: once more later, or for good where there is no later.
update media_files
set status = case when $4::float8 is null then 'failed' else 'pending' end,
    error = $3,
    tries = tries - case when $5 then 0 else 1 end,
    due_at = case when $4::float8 is not null then now() + make_interval(secs => $4) end
where organization_id = $1 and id = $2;

-- repeat --
-- Try a failed download again, as if for the first time.
update media_files
set status = 'pending', tries = 0, error = null, due_at = now()
where organization_id = $1 and id = $2 and status = 'failed' and direction = 'inbound'
returning id;

-- take_expired --
-- Files kept longer than so many days, oldest first.
select organization_id, id, path
from media_files
where status = 'stored' and path is not null and stored_at < now() - make_interval(days => $1)
order by stored_at
limit $2;

-- forget --
-- The file is deleted; its row stays and says so.
update media_files set status = 'deleted', path = null where organization_id = $1 and id = $2;
