-- purpose: let the sorts and hashes of this transaction stay in memory; one load of an entity runs at a time
-- grain: none
-- key: none
select set_config('work_mem', '256MB', true) as work_mem
