-- An organization reads its own raw webhooks, newest first.
-- depends: 0010_pre_search

create index webhook_log_organization on colomba.webhook_log (organization_id, received_at desc, id desc);
