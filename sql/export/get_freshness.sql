-- purpose: how fresh a view is, and up to which number what this snapshot shows of it is complete
-- grain: one view
-- key: view_name
select
    f.view_name,
    f.mart_group,
    f.as_of_date,
    f.series_id,
    f.change_seq,
    f.can_pull,
    f.last_event_at,
    f.last_landed_at,
    f.refreshed_at,
    f.row_count
from "{schema}".freshness as f
where f.view_name = %(view_name)s;
