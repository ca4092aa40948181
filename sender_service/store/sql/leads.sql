-- link --
-- Link contacts without a lead: to the oldest lead with their phone, else to a new one in the first stage of the default pipeline.
with wanted as materialized (
    select item.*, (
        select lead.id from leads lead
        where lead.organization_id = item.organization_id and lead.phone = item.phone
        order by lead.id limit 1
    ) as found_id
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
        as item (organization_id, contact_id, phone, name, message_id)
    where not exists (
        select from lead_links link
        where link.organization_id = item.organization_id and link.contact_id = item.contact_id
    )
), numbered as materialized (
    select wanted.*, coalesce(found_id, nextval('colomba.leads_id_seq')) as lead_id from wanted
), first_stage as materialized (
    select distinct on (pipeline.organization_id) pipeline.organization_id, pipeline.id as pipeline_id, stage.id as stage_id
    from pipelines pipeline
    left join stages stage on stage.organization_id = pipeline.organization_id and stage.pipeline_id = pipeline.id
    where pipeline.is_default and pipeline.organization_id = any (select distinct organization_id from wanted)
    order by pipeline.organization_id, stage.position
), made as (
    insert into leads (organization_id, id, name, phone, pipeline_id, stage_id)
    select numbered.organization_id, lead_id, name, phone, pipeline_id, stage_id
    from numbered
    left join first_stage on first_stage.organization_id = numbered.organization_id
    where found_id is null
)
insert into lead_links (organization_id, contact_id, lead_id, reason, message_id)
select organization_id, contact_id, lead_id, case when found_id is null then 'created' else 'phone' end, message_id
from numbered
order by organization_id, contact_id
returning organization_id, contact_id, lead_id, reason;

-- links --
-- The leads these contacts are linked to.
select link.organization_id, link.contact_id, link.lead_id
from unnest($1::bigint[], $2::bigint[]) as key (organization_id, contact_id)
join lead_links link on link.organization_id = key.organization_id and link.contact_id = key.contact_id;

-- add_notes --
-- Append messages to their leads as notes everybody in the organization sees.
insert into lead_notes (organization_id, lead_id, message_id, text, created_at)
select organization_id, lead_id, message_id, text, created_at
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[])
    as item (organization_id, lead_id, message_id, text, created_at);
