-- An index nothing needs: times are found by id, and the planner was tempted to read two million row numbers from it.
-- depends: 0021_pre_tagged_contacts
-- transactional: false

drop index concurrently if exists colomba.message_log_time;
