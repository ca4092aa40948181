-- bind --
-- Take the role that row-level security binds, for one organization; plan with the values, since most filters are absent,
-- and for one process: starting others takes longer than a page.
select set_config('role', 'colomba_api', true),
       set_config('colomba.organization', $1, true),
       set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('max_parallel_workers_per_gather', '0', true)

-- become_reader --
-- Take that role for as long as the connection lives, and never write; plan each statement once, and not for tables that
-- happened to be small then.
select set_config('role', 'colomba_api', false),
       set_config('default_transaction_read_only', 'on', false),
       set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('enable_seqscan', 'off', false),
       set_config('max_parallel_workers_per_gather', '0', false)

-- rebind --
-- See the rows of another organization from now on.
select set_config('colomba.organization', $1, false)
