-- purpose: how many aliases there are
-- grain: one row
-- key: none
select count(*) as row_count
from ref.skill_alias;
