-- numbers --
-- Which organization, language and country the phone numbers belong to.
select number.id, number.organization_id, organization.language
from unnest($1::text[]) as key (id)
join phone_numbers number on number.id = key.id
join organizations organization on organization.id = number.organization_id and organization.deleted_at is null;

-- accounts --
-- Which organizations business accounts belong to.
select account.id, account.organization_id
from unnest($1::text[]) as key (id)
join business_accounts account on account.id = key.id
join organizations organization on organization.id = account.organization_id and organization.deleted_at is null;
