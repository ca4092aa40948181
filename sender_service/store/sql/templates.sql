-- page --
-- Templates that pass the filters, newest first, one more than the page.
select *
from colomba.templates
where organization_id = $1
  and ($2::bigint is null or id < $2)
  and ($3::text is null or name = $3)
  and ($4::text is null or language = $4)
  and ($5::text is null or case when disabled_at is not null then 'DISABLED' else status end = $5)
  and ($6::text is null or category = $6)
order by id desc
limit $7 + 1 offset $8

-- count --
-- How many templates pass the filters, counted no further than 10,001.
select count(*)
from (
    select 1
    from colomba.templates
    where organization_id = $1
      and ($2::text is null or name = $2)
      and ($3::text is null or language = $3)
      and ($4::text is null or case when disabled_at is not null then 'DISABLED' else status end = $4)
      and ($5::text is null or category = $5)
    limit 10001
) counted

-- get --
-- One template.
select * from colomba.templates where organization_id = $1 and id = $2

-- named --
-- Every language of a name, in whichever account.
select * from colomba.templates where organization_id = $1 and name = $2 order by language, id

-- of_account --
-- What is known of an account's templates, before a sync.
select id, name, language, status, synced_at from colomba.templates
where organization_id = $1 and business_account_id = $2

-- keep --
-- Keep what Meta says about templates. Our own DISABLED stays; a pause is over when Meta approves again.
insert into colomba.templates as template
    (organization_id, business_account_id, meta_id, name, language, category, parameter_format, status, quality, components,
     rejected_reason, synced_at)
select $1, $2, item.meta_id, item.name, item.language, item.category, item.parameter_format, item.status, item.quality,
       item.components, item.rejected_reason, now()
from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::jsonb[], $11::text[])
    as item (meta_id, name, language, category, parameter_format, status, quality, components, rejected_reason)
order by item.name, item.language
on conflict (organization_id, business_account_id, name, language) do update
set meta_id = excluded.meta_id,
    category = excluded.category,
    parameter_format = excluded.parameter_format,
    status = excluded.status,
    quality = excluded.quality,
    components = excluded.components,
    rejected_reason = excluded.rejected_reason,
    paused_at = case when excluded.status = 'APPROVED' and template.paused_at < now() - interval '10 minutes' then null
                     else template.paused_at end,
    synced_at = now(),
    updated_at = case when (template.status, template.components) is distinct from (excluded.status, excluded.components)
                      then now() else template.updated_at end
returning id, name, language, status

-- gone --
-- Templates of an account that Meta no longer lists.
update colomba.templates set status = 'DELETED', updated_at = now()
where organization_id = $1 and business_account_id = $2 and meta_id is not null and status <> 'DELETED'
  and (synced_at is null or synced_at < $3)
returning id, name, language, status

-- disable --
-- Our own DISABLED, set or lifted: no sync and no webhook changes it.
update colomba.templates
set disabled_at = case when $3::boolean then coalesce(disabled_at, now()) end, updated_at = now()
where organization_id = $1 and id = $2
returning id

-- edited --
-- What was changed at Meta goes through review again.
update colomba.templates
set components = coalesce($3, components), category = coalesce($4, category), status = 'PENDING', updated_at = now()
where organization_id = $1 and id = $2
returning id

-- moment --
-- The beginning of this transaction by the database's clock.
select now()
