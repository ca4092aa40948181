-- fragment filters --
lead.organization_id = $1
  and ($3::text is null or lead.status = $3)
  and ($4::bigint is null or lead.pipeline_id = $4)
  and ($5::bigint is null or lead.stage_id = $5)
  and ($6::bigint is null or lead.assigned_to_id = $6)
  and ($7::text is null or lead.phone = $7)

-- page --
-- Leads that pass the filters, newest first, one more than the page.
select lead.id, lead.name, lead.phone, lead.status, lead.source, lead.pipeline_id, lead.stage_id, stage.name as stage_name,
       lead.assigned_to_id, assignee.name as assigned_to_name, lead.external_ref, lead.created_at, lead.updated_at
from colomba.leads lead
left join colomba.stages stage on stage.organization_id = lead.organization_id and stage.id = lead.stage_id
left join colomba.users assignee on assignee.organization_id = lead.organization_id and assignee.id = lead.assigned_to_id
where {filters}
  and ($2::bigint is null or lead.id < $2)
order by lead.id desc
limit $8 + 1 offset $9

-- count --
-- How many leads pass the filters, counted no further than 10,001; $2 is not looked at.
select count(*)
from (
    select 1
    from colomba.leads lead
    where {filters}
      and ($2::bigint is null or true)
    limit 10001
) counted

-- get --
-- One lead.
select lead.*, stage.name as stage_name, assignee.name as assigned_to_name
from colomba.leads lead
left join colomba.stages stage on stage.organization_id = lead.organization_id and stage.id = lead.stage_id
left join colomba.users assignee on assignee.organization_id = lead.organization_id and assignee.id = lead.assigned_to_id
where lead.organization_id = $1 and lead.id = $2

-- edit --
-- Change a lead; null leaves a column as it is, unless it is named as cleared.
update colomba.leads
set name = coalesce($3, name),
    status = coalesce($4, status),
    pipeline_id = coalesce($5, pipeline_id),
    stage_id = coalesce($6, stage_id),
    assigned_to_id = case when 'assigned_to_id' <> all ($9::text[]) then coalesce($7, assigned_to_id) end,
    external_ref = case when 'external_ref' <> all ($9) then coalesce($8, external_ref) end,
    updated_at = now()
where organization_id = $1 and id = $2
returning id

-- stage_pipeline --
-- The pipeline of a stage.
select pipeline_id from colomba.stages where organization_id = $1 and id = $2

-- notes --
-- A lead's notes, newest first, one more than the page.
select id, lead_id, message_id, text, is_private, author, created_at
from colomba.lead_notes
where organization_id = $1 and lead_id = $2 and ($3::bigint is null or id < $3)
order by id desc
limit $4 + 1 offset $5

-- count_notes --
-- How many notes a lead has, counted no further than 10,001.
select count(*) from (select 1 from colomba.lead_notes where organization_id = $1 and lead_id = $2 limit 10001) counted

-- add_note --
-- Append a note to a lead.
insert into colomba.lead_notes (organization_id, lead_id, text, is_private, author)
select $1, lead.id, $3, $4, $5 from colomba.leads lead where lead.organization_id = $1 and lead.id = $2
returning id, lead_id, message_id, text, is_private, author, created_at
