-- insert_upload --
-- A file that somebody uploaded to send it.
insert into colomba.media_files
    (organization_id, phone_number_id, direction, meta_id, meta_id_expires_at, type, mime_type, sha256, size, filename, path,
     status, stored_at, due_at)
values ($1, $2, 'outbound', $3, now() + interval '30 days', $4, $5, $6, $7, $8, $9, 'stored', now(), null)
returning id

-- known --
-- The latest upload of this content from this number whose id lives long enough.
select id, meta_id, type, mime_type, size
from colomba.media_files
where organization_id = $1 and sha256 = $3 and phone_number_id = $2 and mime_type = $4
  and direction = 'outbound' and status = 'stored' and meta_id_expires_at > now() + $5::interval
order by meta_id_expires_at desc, id desc
limit 1

-- get --
-- One file.
select id, type, mime_type, sniffed_mime_type, size, filename, path, status
from colomba.media_files
where organization_id = $1 and id = $2
