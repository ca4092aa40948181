-- What the words' indexes have not sorted in yet stays short: every question of a search reads all of it.
-- depends: 0023_pre_search_rare_words 0016_pre_app_name_search

-- At the default of 4 MB, under inbound load, a search for a rare word took 550 ms instead of 4 ms, and the message that
-- filled the list waited 400 ms for its sorting; per message both cost the same.
alter index colomba.message_log_words set (gin_pending_list_limit = 64);
alter index colomba.contacts_words set (gin_pending_list_limit = 64);
alter index colomba.contacts_app_words set (gin_pending_list_limit = 64);
alter index colomba.contacts_tags set (gin_pending_list_limit = 64);
