-- purpose: minutes since a view was last brought up to date, as its contract's rule has it; no row before the first time
-- grain: one view
-- key: none
select extract(epoch from now() - f.refreshed_at) / 60 as minutes
from ops.freshness as f
where f.view_name = %(view_name)s;
