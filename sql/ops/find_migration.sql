-- purpose: whether any migration ever ran here
-- grain: one row
-- key: none
select to_regclass('ops.migration') is not null as is_there;
