-- claim --
-- Take message ids for Meta's message ids that were never seen before: the dedupe, committed together with its effect.
with numbered as materialized (
    select organization_id, wamid, nextval('colomba.message_log_id_seq') as message_id
    from unnest($1::bigint[], $2::text[]) as item (organization_id, wamid)
)
insert into wamids (organization_id, wamid, message_id)
select organization_id, wamid, message_id
from numbered
order by organization_id, wamid
on conflict (organization_id, wamid) do nothing
returning organization_id, wamid, message_id;

-- add --
-- Write messages that were claimed.
insert into message_log
    (organization_id, id, direction, phone_number_id, contact_id, conversation_id, lead_id, type, status, external_id,
     recipient, text, content, context_wamid, group_id, error_code, error_message, warning, created_at)
select organization_id, id, 'inbound', phone_number_id, contact_id, conversation_id, lead_id, type, 'received', external_id,
       recipient, text, content::jsonb, context_wamid, group_id, error_code, error_message, warning, created_at
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::integer[], $15::text[], $16::text[],
            $17::timestamptz[])
    as item (organization_id, id, phone_number_id, contact_id, conversation_id, lead_id, type, external_id,
             recipient, text, content, context_wamid, group_id, error_code, error_message, warning, created_at);

-- add_echoes --
-- Write messages the business sent from its phone: sent by us, though not by this program.
insert into message_log
    (organization_id, id, direction, phone_number_id, contact_id, conversation_id, lead_id, type, status, attempt, external_id,
     recipient, text, content, context_wamid, group_id, error_code, error_message, warning, source, is_read, created_at, sent_at)
select organization_id, id, 'outbound', phone_number_id, contact_id, conversation_id, lead_id, type, 'sent', 0, external_id,
       recipient, text, content::jsonb, context_wamid, group_id, error_code, error_message, warning, 'app', true, created_at,
       created_at
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::integer[], $15::text[], $16::text[],
            $17::timestamptz[])
    as item (organization_id, id, phone_number_id, contact_id, conversation_id, lead_id, type, external_id,
             recipient, text, content, context_wamid, group_id, error_code, error_message, warning, created_at);

-- add_media --
-- List the files of new messages for download.
insert into media_files
    (organization_id, message_id, phone_number_id, direction, meta_id, meta_id_expires_at, type, mime_type, sha256, filename)
select organization_id, message_id, phone_number_id, 'inbound', meta_id, created_at + interval '7 days', type, mime_type,
       sha256, filename
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::bytea[],
            $9::text[])
    as item (organization_id, message_id, phone_number_id, meta_id, created_at, type, mime_type, sha256, filename);
