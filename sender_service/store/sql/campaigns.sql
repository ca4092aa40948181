-- create --
-- A campaign without recipients yet.
insert into campaigns
    (organization_id, name, phone_number_id, template_id, variables, starts_at, share, failure_limit, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
returning id

-- sender --
-- The number a campaign is sent from: the one named, or the only one there is.
select number.id, number.business_account_id, coalesce(number.country, organization.default_country) as country
from phone_numbers number
join organizations organization on organization.id = number.organization_id
where number.organization_id = $1
  and (number.id = $2 or $2 is null
       and (select count(*) from phone_numbers own where own.organization_id = $1) = 1)

-- template --
-- The template a campaign is made from, by id, or by name and language.
select id, business_account_id, name, language, status, category, parameter_format, components,
       disabled_at is not null as disabled, paused_at is not null as paused
from templates
where organization_id = $1
  and (id = $2 or $2 is null and name = $3 and ($4::text is null or language = $4))
  and business_account_id = $5
order by disabled_at is not null, status <> 'APPROVED', language
limit 2

-- lock --
-- The state of a campaign, held until the transaction ends.
select status, total, phone_number_id, template_id, variables, starts_at
from campaigns
where organization_id = $1 and id = $2
for update

-- without_nested_loops --
-- For the rest of the transaction, look recipients up by hashing those that are there.
select set_config('enable_nestloop', 'off', true)

-- add_recipients --
-- Number new recipients after those there are; one who is already there is left out.
with item as (
    select recipient, lead_id, variables, place
    from unnest($3::text[], $4::bigint[], $5::jsonb[]) with ordinality as item (recipient, lead_id, variables, place)
    where not exists (
        select from campaign_recipients known
        where known.organization_id = $1 and known.campaign_id = $2 and known.recipient = item.recipient
    ) and (item.lead_id is null
           or exists (select from leads lead where lead.organization_id = $1 and lead.id = item.lead_id))
), once as (
    select distinct on (recipient) * from item order by recipient, place
), added as (
    insert into campaign_recipients (organization_id, campaign_id, ordinal, recipient, lead_id, variables)
    select $1, $2, $6 + row_number() over (order by place), recipient, lead_id, variables
    from once
    returning 1
)
select count(*) from added

-- add_leads --
-- Every lead that passes the filters and can be written to, once per person.
with item as (
    select distinct on (lead.phone) lead.phone as recipient, lead.id
    from leads lead
    left join contacts contact on contact.organization_id = lead.organization_id and contact.phone = lead.phone
        and contact.merged_into is null
    where lead.organization_id = $1
      and lead.phone is not null
      and ($3::bigint[] is null or lead.id = any ($3))
      and ($4::text is null or lead.status = $4)
      and ($5::text is null or lead.source = $5)
      and ($6::bigint is null or lead.stage_id = $6)
      and ($7::bigint is null or lead.assigned_to_id = $7)
      and not coalesce(contact.blocked, false)
      and not exists (
          select from campaign_recipients known
          where known.organization_id = $1 and known.campaign_id = $2 and known.recipient = lead.phone
      )
    order by lead.phone, lead.id
), added as (
    insert into campaign_recipients (organization_id, campaign_id, ordinal, recipient, lead_id)
    select $1, $2, $8 + row_number() over (order by id), recipient, id
    from item
    order by id
    limit $9
    returning 1
)
select count(*) from added

-- add_contacts --
-- Every contact that passes the filters and can be written to.
with item as (
    select coalesce(contact.phone, contact.bsuid) as recipient, contact.id
    from contacts contact
    where contact.organization_id = $1
      and coalesce(contact.phone, contact.bsuid) is not null
      and contact.merged_into is null and contact.erased_at is null and not contact.blocked
      and ($3::bigint[] is null or contact.id = any ($3))
      and ($4::text[] is null or contact.tags @> $4)
      and not exists (
          select from campaign_recipients known
          where known.organization_id = $1 and known.campaign_id = $2
            and known.recipient = coalesce(contact.phone, contact.bsuid)
      )
), added as (
    insert into campaign_recipients (organization_id, campaign_id, ordinal, recipient)
    select $1, $2, $5 + row_number() over (order by id), recipient
    from item
    order by id
    limit $6
    returning 1
)
select count(*) from added

-- set_total --
-- Note how many recipients there are, and what happens next.
update campaigns set total = $3, status = $4 where organization_id = $1 and id = $2

-- get --
-- One campaign with its template.
select campaign.id, campaign.name, campaign.phone_number_id, campaign.template_id, template.name as template,
       template.language, campaign.variables, campaign.status, campaign.pause_reason, campaign.starts_at,
       campaign.share::float8 as share, campaign.failure_limit::float8 as failure_limit, campaign.total, campaign.fed,
       campaign.created_by, campaign.created_at, campaign.finished_at
from campaigns campaign
left join templates template on template.organization_id = campaign.organization_id and template.id = campaign.template_id
where campaign.organization_id = $1 and campaign.id = $2

-- page --
-- Campaigns, newest first, one more than the page.
select campaign.id, campaign.name, campaign.phone_number_id, campaign.template_id, template.name as template,
       template.language, campaign.variables, campaign.status, campaign.pause_reason, campaign.starts_at,
       campaign.share::float8 as share, campaign.failure_limit::float8 as failure_limit, campaign.total, campaign.fed,
       campaign.created_by, campaign.created_at, campaign.finished_at
from campaigns campaign
left join templates template on template.organization_id = campaign.organization_id and template.id = campaign.template_id
where campaign.organization_id = $1
  and ($2::bigint is null or campaign.id < $2)
  and ($3::text is null or campaign.status = $3)
order by campaign.id desc
limit $4 + 1 offset $5

-- count --
-- How many campaigns pass the filter, counted no further than 10,001.
select count(*)
from (
    select 1 from campaigns where organization_id = $1 and ($2::text is null or status = $2) limit 10001
) counted

-- progress --
-- How far the messages of a campaign have come.
select coalesce(queue.state, log.status) as status, count(*) as messages
from message_log log
left join send_queue queue on queue.message_id = log.id
where log.organization_id = $1 and log.campaign_id = $2
group by 1

-- refused --
-- Recipients that were not accepted, the first of them.
select ordinal, recipient, error
from campaign_recipients
where organization_id = $1 and campaign_id = $2 and status = 'refused'
order by ordinal
limit $3

-- move --
-- Change the state of a campaign where it is one of those expected; a resumed one is judged by what comes after.
update campaigns campaign
set status = $4,
    pause_reason = $5,
    judged_after = case
        when $4 in ('running', 'scheduled') then coalesce((
            select max(log.id) from message_log log
            where log.organization_id = campaign.organization_id and log.campaign_id = campaign.id), 0)
        else judged_after end,
    finished_at = case when $4 in ('cancelled', 'finished') then now() end
where organization_id = $1 and id = $2 and status = any ($3::text[])
returning status

-- at_work --
-- Campaigns whose time has come, with the state of what they depend on and how much of them waits in the queue.
select campaign.organization_id, campaign.id, campaign.phone_number_id, campaign.variables, campaign.share::float8 as share,
       campaign.failure_limit::float8 as failure_limit, campaign.fed, campaign.total, campaign.judged_after,
       extract(epoch from now() - campaign.fed_until)::float8 as since_fed,
       least(number.throughput, number.cap_per_second)::float8 as rate,
       number.paused_at is not null or number.credential_paused_at is not null or account.paused_at is not null
           as number_paused,
       template.paused_at is not null or template.disabled_at is not null or template.status <> 'APPROVED'
           as template_paused,
       template.name as template, template.language, template.parameter_format, template.components,
       (select count(*) from send_queue queue
        where queue.organization_id = campaign.organization_id and queue.campaign_id = campaign.id) as waiting
from campaigns campaign
join phone_numbers number on number.organization_id = campaign.organization_id and number.id = campaign.phone_number_id
join business_accounts account on account.organization_id = number.organization_id
    and account.id = number.business_account_id
join templates template on template.organization_id = campaign.organization_id and template.id = campaign.template_id
where campaign.status in ('scheduled', 'running')
  and (campaign.starts_at is null or campaign.starts_at <= now())
order by campaign.organization_id, campaign.id

-- next_recipients --
-- The recipients after those already fed.
select ordinal, recipient, lead_id, variables
from campaign_recipients
where organization_id = $1 and campaign_id = $2 and ordinal > $3
order by ordinal
limit $4

-- mark_fed --
-- Note what became of a batch of recipients and how far the campaign is; its share of the rate is used up by their number.
with told as (
    update campaign_recipients recipient
    set status = item.status, message_id = item.message_id, error = item.error
    from unnest($3::integer[], $4::text[], $5::bigint[], $6::text[]) as item (ordinal, status, message_id, error)
    where recipient.organization_id = $1 and recipient.campaign_id = $2 and recipient.ordinal = item.ordinal
)
update campaigns
set fed = greatest(fed, $7),
    status = case status when 'scheduled' then 'running' else status end,
    fed_until = greatest(fed_until, now() - make_interval(secs => $8)) + make_interval(secs => $9)
where organization_id = $1 and id = $2
returning status

-- judge --
-- Of the latest messages of a campaign past a point, how many are settled and how many of those failed.
select count(*) filter (where status in ('sent', 'delivered', 'read', 'played', 'failed', 'expired', 'unknown')) as settled,
       count(*) filter (where status = 'failed') as failed
from (
    select status from message_log
    where organization_id = $1 and campaign_id = $2 and id > $3
    order by id desc
    limit $4
) latest

-- finish --
-- Close campaigns that were fed to the end and have nothing left to send.
update campaigns campaign
set status = 'finished', finished_at = now()
where campaign.status = 'running' and campaign.fed >= campaign.total
  and not exists (
      select from send_queue queue
      where queue.organization_id = campaign.organization_id and queue.campaign_id = campaign.id
  )
returning organization_id, id

-- cancelled --
-- Campaigns cancelled lately of which something still waits: it was accepted while they were being cancelled.
select campaign.organization_id, campaign.id
from campaigns campaign
where campaign.status = 'cancelled' and campaign.finished_at > now() - interval '1 day'
  and exists (
      select from send_queue queue
      where queue.organization_id = campaign.organization_id and queue.campaign_id = campaign.id
        and queue.state <> 'sending'
  )

