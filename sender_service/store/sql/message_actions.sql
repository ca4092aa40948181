-- for_resend --
-- A message with all that is needed to send it again, and whether its outcome is in doubt now.
select log.id, log.phone_number_id, log.recipient, log.type, log.content, log.context_wamid, log.lead_id, log.campaign_id,
       log.metadata, log.on_unknown, log.lane, log.group_id, log.direction,
       coalesce(queue.state, log.status) as status, unknown.message_id is not null as in_doubt
from colomba.message_log log
left join colomba.send_queue queue on queue.message_id = log.id
left join colomba.unknown_sends unknown on unknown.message_id = log.id
where log.organization_id = $1 and log.id = $2

-- send_doubtful_again --
-- A new attempt of a message in doubt, outside its recipient's order, expired or not; no row when the doubt is over.
with gone as (
    delete from colomba.unknown_sends where organization_id = $1 and message_id = $2
    returning organization_id, message_id, attempt, phone_number_id, request, template_id
), queued as (
    insert into colomba.send_queue
        (organization_id, message_id, phone_number_id, lane, recipient, state, ready, ordered, attempt, campaign_id, request,
         template_id)
    select gone.organization_id, gone.message_id, gone.phone_number_id, log.lane, log.recipient, 'queued', true, false,
           gone.attempt, log.campaign_id, gone.request, gone.template_id
    from gone
    join colomba.message_log log on log.organization_id = gone.organization_id and log.id = gone.message_id
)
update colomba.message_log log set status = 'queued', status_updated_at = now()
from gone
where log.organization_id = gone.organization_id and log.id = gone.message_id and log.status = 'unknown'
returning log.id

-- resolve --
-- An operator decides a doubt: sent or failed; no row when Meta's echo was faster.
with gone as (
    delete from colomba.unknown_sends where organization_id = $1 and message_id = $2
    returning organization_id, message_id, attempt, request
)
update colomba.message_log log
set status = $3,
    status_updated_at = now(),
    sent_at = case when $3 = 'sent' then coalesce(log.sent_at, now()) else log.sent_at end,
    failed_at = case when $3 = 'failed' then now() else log.failed_at end,
    error_message = case when $3 = 'failed' then $4 else log.error_message end
from gone
where log.organization_id = gone.organization_id and log.id = gone.message_id and log.status = 'unknown'
returning log.id, gone.attempt, gone.request
