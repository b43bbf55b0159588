-- purpose: how many rows a view or table has
-- grain: one row
-- key: none
select count(*) as row_count
from "{schema}"."{relation}";
