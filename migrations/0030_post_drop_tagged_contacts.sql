-- What the notes of `contact_tags` took the place of.
-- depends: 0029_pre_tags_of_contacts_before

drop function if exists colomba.tagged_contacts(text, integer);
drop index if exists colomba.contacts_tags;
drop function if exists colomba.own_tags(bigint, text[]);
