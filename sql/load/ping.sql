-- purpose: see whether the warehouse answers
-- grain: one row
-- key: none
select 1 as one
