-- purpose: let the sorts and hashes of this transaction stay in memory, and keep the planner from compiling short queries
-- grain: one row
-- key: none
select
    set_config('work_mem', '128MB', true) as work_mem,
    set_config('jit', 'off', true) as jit;
