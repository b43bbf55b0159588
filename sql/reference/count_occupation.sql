-- purpose: how many codes are in force
-- grain: one row
-- key: none
select count(*) as row_count
from ref.occupation as k
where
    k.valid_to is null
    and k.scheme = %(scheme)s;
