-- Note the rare statuses of the messages there are; one pass over the log (about 10 s for 10,000,000 messages).
-- depends: 0017_pre_rare_statuses

insert into colomba.rare_statuses (organization_id, status, message_id)
select organization_id, status, id from colomba.message_log
where status in ('failed', 'expired', 'cancelled', 'unknown', 'played')
on conflict do nothing;
