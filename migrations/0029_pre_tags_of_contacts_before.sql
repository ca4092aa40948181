-- Note the tags of the contacts there are; one pass over them (about a second for 500,000).
-- depends: 0028_pre_tags_of_contacts

insert into colomba.contact_tags (organization_id, tag, contact_id)
select organization_id, tag, id from colomba.contacts, unnest(tags) as tag where tags <> '{}' and merged_into is null
on conflict do nothing;
