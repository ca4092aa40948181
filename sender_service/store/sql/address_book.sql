-- page --
-- Contacts that pass the filters, newest first, one more than the page.
select *
from colomba.address_book
where organization_id = $1
  and ($2::bigint is null or id < $2)
  and ($3::text is null or tags @> array[$3])
  and ($4::boolean is null or pinned = $4)
  and ($5::boolean is null or blocked = $5)
  and ($6::boolean is null or (marketing_opted_out_at is not null) = $6)
  and ($7::bigint[] is null or id = any($7))
order by id desc
limit $8 + 1 offset $9

-- page_among --
-- As `page`, where the ids are known: they are looked up first, for the order of the list would read all contacts.
with chosen as materialized (
    select id
    from colomba.contacts
    where organization_id = $1
      and merged_into is null
      and ($3::text is null or tags @> array[$3])
      and ($4::boolean is null or pinned = $4)
      and ($5::boolean is null or blocked = $5)
      and ($6::boolean is null or (marketing_opted_out_at is not null) = $6)
      and id = any($7::bigint[])
), found as materialized (
    select id from chosen where $2::bigint is null or id < $2 order by id desc limit $8 + 1 offset $9
)
select address_book.*
from found
join colomba.address_book on address_book.organization_id = $1 and address_book.id = found.id
order by address_book.id desc

-- count --
-- How many contacts pass the filters, counted no further than 10,001.
select count(*)
from (
    select 1
    from colomba.contacts
    where organization_id = $1
      and merged_into is null
      and ($2::text is null or tags @> array[$2])
      and ($3::boolean is null or pinned = $3)
      and ($4::boolean is null or blocked = $4)
      and ($5::boolean is null or (marketing_opted_out_at is not null) = $5)
      and ($6::bigint[] is null or id = any($6))
    limit 10001
) counted

-- get --
-- One contact.
select * from colomba.address_book where organization_id = $1 and id = $2

-- of_phone --
-- The id of the contact of a phone number.
select id from colomba.contacts where organization_id = $1 and phone = $2 and merged_into is null

-- edit --
-- Change what people may change of a contact; null leaves a column as it is, unless it is named as cleared.
update colomba.contacts
set display_name = case when 'display_name' <> all ($10::text[]) then coalesce($3, display_name) end,
    business_name = case when 'business_name' <> all ($10) then coalesce($4, business_name) end,
    language = case when 'language' <> all ($10) then coalesce($5, language) end,
    tags = coalesce($6, tags),
    pinned = coalesce($7, pinned),
    blocked = coalesce($8, blocked),
    is_verified = coalesce($9, is_verified),
    updated_at = now()
where organization_id = $1 and id = $2 and merged_into is null
returning id

-- opt --
-- Set or lift a contact's opt-out of marketing messages; no row when it already was so.
update colomba.contacts
set marketing_opted_out_at = case when $3::boolean then now() end, marketing_preference_at = now(), updated_at = now()
where organization_id = $1 and id = $2 and merged_into is null and (marketing_opted_out_at is not null) is distinct from $3
returning id
