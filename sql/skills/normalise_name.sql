-- purpose: a name as the warehouse compares it
-- grain: one row
-- key: none
select mart.normalise_name(%(name)s::text) as term;
