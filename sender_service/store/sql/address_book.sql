-- fragment contact --
book.id, book.phone, book.wa_id, book.bsuid, book.username, book.name, book.profile_name, book.display_name,
       book.business_name, book.is_verified, book.language, book.tags, book.pinned, book.blocked,
       book.marketing_opted_out_at is not null as marketing_opted_out, book.marketing_opted_out_at, book.unread_count,
       book.lead_id, book.created_at, book.updated_at

-- fragment found --
from found
join colomba.address_book book on book.organization_id = $1 and book.id = found.id
order by book.id desc

-- fragment filters --
organization_id = $1
      and merged_into is null
      and ($3::text is null or tags @> array[$3])
      and ($4::boolean is null or pinned = $4)
      and ($5::boolean is null or blocked = $5)
      and ($6::boolean is null or (marketing_opted_out_at is not null) = $6)
      and ($7::text is null or id = any(array(select colomba.search_contacts($7, 1000))))

-- fragment tagged --
from colomba.contact_tags noted
    join colomba.contacts on contacts.organization_id = $1 and contacts.id = noted.contact_id
    where noted.organization_id = $1
      and noted.tag = $3
      and contacts.merged_into is null
      and ($2::bigint is null or noted.contact_id < $2)
      and ($4::boolean is null or contacts.pinned = $4)
      and ($5::boolean is null or contacts.blocked = $5)
      and ($6::boolean is null or (contacts.marketing_opted_out_at is not null) = $6)
      and ($7::text is null or true)

-- page --
-- Contacts that pass the filters, newest first, one more than the page.
with found as materialized (
    select id
    from colomba.contacts
    where {filters}
      and ($2::bigint is null or id < $2)
    order by id desc
    limit $8 + 1 offset $9
)
select {contact}
{found}

-- page_named --
-- As `page`, of those with a name or phone: they are looked up first, for the order of the list would read all contacts;
-- with how many there are.
with chosen as materialized (
    select id
    from colomba.contacts
    where {filters}
), found as materialized (
    select id
    from chosen
    where ($2::bigint is null or id < $2)
    order by id desc
    limit $8 + 1 offset $9
)
select {contact}, (select count(*) from chosen) as among
{found}

-- page_name --
-- As `page_named`, where nothing else is asked for.
with chosen as materialized (
    select colomba.search_contacts($3, 1000) as id
), found as materialized (
    select id
    from chosen
    where ($2::bigint is null or id < $2)
    order by id desc
    limit $4 + 1 offset $5
)
select {contact}, (select count(*) from chosen) as among
{found}

-- page_tagged --
-- As `page`, of those that have a tag, by the notes of who has it.
with found as materialized (
    select noted.contact_id as id
    {tagged}
    order by noted.contact_id desc
    limit $8 + 1 offset $9
)
select {contact}
{found}

-- count_tagged --
-- As `count`, of those that have a tag.
select count(*)
from (
    select 1
    {tagged}
    limit 10001
) counted

-- count_tag --
-- How many contacts have a tag, whatever else they are, counted no further than 10,001.
select count(*)
from (select 1 from colomba.contact_tags where organization_id = $1 and tag = $2 limit 10001) counted

-- count --
-- How many contacts pass the filters, counted no further than 10,001; $2 is not looked at.
select count(*)
from (
    select 1
    from colomba.contacts
    where {filters}
      and ($2::bigint is null or true)
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
