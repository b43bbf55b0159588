-- purpose: how old what each view shows is
-- grain: one view
-- key: view_name
select
    f.view_name,
    f.last_event_at,
    f.last_landed_at,
    f.refreshed_at,
    f.row_count
from ops.freshness as f
order by f.view_name asc;
