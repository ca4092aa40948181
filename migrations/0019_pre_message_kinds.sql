-- The messages of a number, a direction or a type in their order, however few of ten million they are.
-- depends: 0018_pre_rare_statuses_of_before
-- transactional: false

-- None of these columns ever changes, so that updates still stay in their page.
create index concurrently message_log_kinds
    on colomba.message_log (organization_id, phone_number_id, direction, type, id);
