-- purpose: how many offsets the landers have passed
-- grain: one row
-- key: none
select coalesce(sum(o.next_offset - o.start_offset), 0)::bigint as landed
from ops.landing_offset as o;
