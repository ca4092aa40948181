-- ensure --
-- Make the organization, or find the living one of that name.
insert into colomba.organizations (name, language, default_country)
values ($1, $2, $3)
on conflict (name) where deleted_at is null do update set name = excluded.name
returning id, xmax = 0 as created

-- ensure_pipeline --
-- Give an organization its default pipeline, once; nothing is answered when it has one.
insert into colomba.pipelines (organization_id, name, is_default)
values ($1, 'Default', true)
on conflict (organization_id) where is_default do nothing
returning id

-- add_stages --
-- Append stages to a pipeline in the order given.
insert into colomba.stages (organization_id, pipeline_id, name, position)
select $1, $2, stage.name, $4 + stage.ordinal
from unnest($3::text[]) with ordinality as stage (name, ordinal)

-- named --
-- The living organization of a name.
select id from colomba.organizations where name = $1 and deleted_at is null

-- get --
-- One organization as its owner sees it.
select id, name, language, default_template_language, default_country, created_at
from colomba.organizations
where id = $1 and deleted_at is null

-- edit --
-- Change what an owner may change; null leaves a column as it is, unless it is named as cleared.
update colomba.organizations
set name = coalesce($2, name),
    language = coalesce($3, language),
    default_template_language = case when 'default_template_language' <> all ($6::text[])
                                     then coalesce($4, default_template_language) end,
    default_country = case when 'default_country' <> all ($6) then coalesce($5, default_country) end
where id = $1 and deleted_at is null
returning id, name, language, default_template_language, default_country, created_at

-- remove --
-- Mark an organization as deleted; its keys are refused from the same moment.
update colomba.organizations set deleted_at = now()
where id = $1 and deleted_at is null
returning id
