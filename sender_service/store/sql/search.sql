-- messages --
-- The newest messages before an id that hold all the words; within `acting` only.
select array(select colomba.search_messages($1, $2, $3))
