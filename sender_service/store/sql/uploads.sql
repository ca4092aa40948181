-- insert_upload --
-- A file that somebody uploaded to send it.
insert into colomba.media_files
    (organization_id, phone_number_id, direction, meta_id, meta_id_expires_at, type, mime_type, sha256, size, filename, path,
     status, stored_at, due_at)
values ($1, $2, 'outbound', $3, now() + interval '30 days', $4, $5, $6, $7, $8, $9, 'stored', now(), null)
returning id

-- get --
-- One file.
select id, type, mime_type, sniffed_mime_type, size, filename, path, status
from colomba.media_files
where organization_id = $1 and id = $2
