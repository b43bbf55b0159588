-- purpose: how fresh the readers' views are
-- grain: one view
-- key: view_name
select
    f.view_name,
    f.mart_group,
    f.row_count,
    f.last_event_at,
    f.refreshed_at,
    s.as_of_date,
    s.change_seq as group_change_seq,
    case when f.table_name is not null then f.change_seq end as change_seq,
    f.validated_at,
    f.is_valid
from ops.freshness as f
inner join ops.mart_state as s on f.mart_group = s.mart_group
order by f.mart_group, f.view_name;
