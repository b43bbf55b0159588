-- purpose: the oldest changes of views that no reader was told of
-- grain: one change of one view
-- key: change_id
select
    c.change_id,
    c.view_name,
    s.series_id,
    c.change_seq,
    c.as_of_date,
    c.changed_count,
    c.removed_count,
    c.keys,
    c.created_at
from ops.mart_change as c
inner join ops.freshness as f on c.view_name = f.view_name
inner join ops.mart_state as s on f.mart_group = s.mart_group
where c.sent_at is null
order by c.change_id
limit %(most)s;
