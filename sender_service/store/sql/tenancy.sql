-- bind --
-- Take the role that row-level security binds, for one organization; plan with the values, since most filters are absent.
select set_config('role', 'colomba_api', true),
       set_config('colomba.organization', $1, true),
       set_config('plan_cache_mode', 'force_custom_plan', true)
