-- purpose: views whose latest event is older than a week
-- grain: one view
-- key: view_name
select f.view_name
from ops.freshness as f
where f.mart_group = '{group}' and mart.local_date(f.last_event_at) < mart.today() - 7
