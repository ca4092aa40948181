-- of_leads --
-- The phones of leads.
select id, phone from colomba.leads where organization_id = $1 and id = any($2)

-- of_contacts --
-- The phones, or failing that the user ids, of contacts.
select id, phone, bsuid from colomba.contacts where organization_id = $1 and id = any($2) and merged_into is null
