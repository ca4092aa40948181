-- token --
-- The token that stands in every attempt id of this installation.
select token from colomba.installation

-- alive --
-- Whether the database answers.
select 1
