-- resend_due --
-- Queue again what asked for it and has not expired, once its echo window has ended: a new attempt, outside the order.
with item as materialized (
    select message_id
    from unknown_sends
    where echo_until <= clock_timestamp() and announced_at is null and on_unknown = 'resend'
      and (expires_at is null or expires_at > clock_timestamp())
    order by message_id
    limit $1
    for update skip locked
), gone as (
    delete from unknown_sends unknown using item where unknown.message_id = item.message_id
    returning unknown.organization_id, unknown.message_id, unknown.attempt, unknown.phone_number_id, unknown.request,
              unknown.expires_at, unknown.template_id
), queued as (
    insert into send_queue
        (organization_id, message_id, phone_number_id, lane, recipient, state, ready, ordered, attempt, campaign_id, request,
         expires_at, template_id)
    select gone.organization_id, gone.message_id, gone.phone_number_id, log.lane, log.recipient, 'queued', true, false,
           gone.attempt, log.campaign_id, gone.request, gone.expires_at, gone.template_id
    from gone
    join message_log log on log.organization_id = gone.organization_id and log.id = gone.message_id
    on conflict do nothing
)
update message_log log set status = 'queued', status_updated_at = now()
from gone
where log.organization_id = gone.organization_id and log.id = gone.message_id and log.status = 'unknown'
returning log.id;

-- announce --
-- List what stays unknown after its echo window, once.
with item as materialized (
    select message_id
    from unknown_sends
    where echo_until <= clock_timestamp() and announced_at is null
      and (on_unknown <> 'resend' or expires_at <= clock_timestamp())
    order by message_id
    limit $1
    for update skip locked
)
update unknown_sends unknown set announced_at = clock_timestamp()
from item
where unknown.message_id = item.message_id
returning unknown.organization_id, unknown.message_id, unknown.attempt, unknown.request;
