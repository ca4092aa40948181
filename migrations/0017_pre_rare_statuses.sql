-- A list of the messages in a status that few have: finding them in the log itself meant reading all of it.
-- depends: 0014_pre_drop_spare_rows

-- The log's status is in no index, so that its updates stay in their page. What ends badly, is in doubt or was played is
-- noted here beside it; readers look at the row itself again, so a note that came too late does no harm.
create table colomba.rare_statuses (
    organization_id bigint not null,
    status text not null,
    message_id bigint not null,
    primary key (organization_id, status, message_id)
);
alter table colomba.rare_statuses enable row level security;
create policy own_organization on colomba.rare_statuses to colomba_api
    using (organization_id = colomba.current_organization())
    with check (organization_id = colomba.current_organization());
grant select, insert, update, delete on colomba.rare_statuses to colomba_api;

create function colomba.note_rare_status() returns trigger
language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.status in ('failed', 'expired', 'cancelled', 'unknown', 'played') then
        delete from colomba.rare_statuses
        where organization_id = old.organization_id and status = old.status and message_id = old.id;
    end if;
    if new.status in ('failed', 'expired', 'cancelled', 'unknown', 'played') then
        insert into colomba.rare_statuses (organization_id, status, message_id)
        values (new.organization_id, new.status, new.id)
        on conflict do nothing;
    end if;
    return null;
end
$$;

create trigger rare_status_made after insert on colomba.message_log
    for each row when (new.status in ('failed', 'expired', 'cancelled', 'unknown', 'played'))
    execute function colomba.note_rare_status();
create trigger rare_status_changed after update of status on colomba.message_log
    for each row when (old.status <> new.status
                       and (old.status in ('failed', 'expired', 'cancelled', 'unknown', 'played')
                            or new.status in ('failed', 'expired', 'cancelled', 'unknown', 'played')))
    execute function colomba.note_rare_status();
