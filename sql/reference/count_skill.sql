-- purpose: how many skills of a framework are listed
-- grain: one row
-- key: none
select count(*) as row_count
from ref.skill as k
where k.framework = %(scheme)s and k.retired_on is null;
