-- Only the primary key leads by message: of a queue that statistics call empty every index looks equally good, and one whose
-- last column is the message was read from end to end for each row. And more room on a page of the log for the outcomes
-- of its rows: more than half of the updates made new entries in every index, among them that of the words.
-- transactional: false
-- depends: 0031_pre_queues_keep_their_pages

create index concurrently if not exists send_queue_line on colomba.send_queue (phone_number_id, recipient, lane);

drop index concurrently if exists colomba.send_queue_recipient;

alter table colomba.message_log set (fillfactor = 60);
