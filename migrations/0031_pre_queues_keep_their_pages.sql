-- The queues keep their pages when they are empty: to give them back to the disk, vacuum locks out every sender for up to
-- a tenth of a second, and a plan made for no page at all reads the next burst from end to end.
-- depends: 0030_post_drop_tagged_contacts

alter table colomba.send_queue set (vacuum_truncate = false);
alter table colomba.outbox set (vacuum_truncate = false);
