-- purpose: how many rows Great Expectations' own query calls unexpected; it stands in place of the inner select
-- grain: one row
-- key: none
select count(*) as row_count
from (select 1 as unexpected_rows) as u
