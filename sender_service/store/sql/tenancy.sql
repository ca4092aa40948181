-- bind --
-- Take the role that row-level security binds, for one organization; plan with the values, since most filters are absent,
-- and for one process: starting others takes longer than a page.
select set_config('role', 'colomba_api', true),
       set_config('colomba.organization', $1, true),
       set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('max_parallel_workers_per_gather', '0', true)
