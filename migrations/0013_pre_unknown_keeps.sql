-- What a message in doubt needs when it goes again: until when it may, and which template's pause holds it back.
-- depends: 0012_pre_statistics_bounds

alter table colomba.unknown_sends
    add column expires_at timestamptz,
    add column template_id bigint;
