-- page --
-- Pipelines with their stages in order.
select pipeline.id, pipeline.name, pipeline.is_default, pipeline.created_at,
       coalesce((
           select jsonb_agg(jsonb_build_object('id', stage.id, 'name', stage.name, 'position', stage.position)
                            order by stage.position)
           from stages stage
           where stage.organization_id = pipeline.organization_id and stage.pipeline_id = pipeline.id), '[]') as stages
from pipelines pipeline
where pipeline.organization_id = $1 and ($2::bigint is null or pipeline.id < $2)
order by pipeline.id desc
limit $3 + 1 offset $4

-- get --
-- One pipeline with its stages in order.
select pipeline.id, pipeline.name, pipeline.is_default, pipeline.created_at,
       coalesce((
           select jsonb_agg(jsonb_build_object('id', stage.id, 'name', stage.name, 'position', stage.position)
                            order by stage.position)
           from stages stage
           where stage.organization_id = pipeline.organization_id and stage.pipeline_id = pipeline.id), '[]') as stages
from pipelines pipeline
where pipeline.organization_id = $1 and pipeline.id = $2

-- count --
-- How many pipelines there are, counted no further than 10,001.
select count(*) from (select 1 from pipelines where organization_id = $1 limit 10001) counted

-- create --
-- A pipeline without stages.
insert into pipelines (organization_id, name) values ($1, $2) returning id

-- lock --
-- Hold a pipeline while its stages change.
select id from pipelines where organization_id = $1 and id = $2 for update

-- rename --
-- Give a pipeline another name.
update pipelines set name = $3 where organization_id = $1 and id = $2

-- undefault --
-- Take the mark of the default pipeline away.
update pipelines set is_default = false where organization_id = $1 and is_default and id <> $2

-- make_default --
-- New leads begin in this pipeline from now on.
update pipelines set is_default = true where organization_id = $1 and id = $2

-- foreign_stages --
-- Which of these stages are not of this pipeline.
select named as id
from unnest($3::bigint[]) as named
where not exists (
    select from stages where stages.organization_id = $1 and stages.pipeline_id = $2 and stages.id = named
)

-- occupied --
-- How many leads stand in stages of the pipeline that are not among these.
select count(*)
from leads
where organization_id = $1 and pipeline_id = $2
  and stage_id in (select id from stages where organization_id = $1 and pipeline_id = $2 and id <> all ($3::bigint[]))

-- drop_stages --
-- Take away the stages that are not among these.
delete from stages where organization_id = $1 and pipeline_id = $2 and id <> all ($3::bigint[])

-- set_aside_positions --
-- Make room for a new order: two stages never share a position.
update stages set position = -position - 1 where organization_id = $1 and pipeline_id = $2 and position >= 0

-- set_stages --
-- Name and order stages that are there; those without an id are made.
with item as (
    select id, name, place from unnest($3::bigint[], $4::text[]) with ordinality as item (id, name, place)
), kept as (
    update stages stage set name = item.name, position = item.place
    from item
    where stage.organization_id = $1 and stage.pipeline_id = $2 and stage.id = item.id
)
insert into stages (organization_id, pipeline_id, name, position)
select $1, $2, name, place from item where id is null order by place
