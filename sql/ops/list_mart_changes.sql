-- purpose: the last changes of readers' views
-- grain: one change of one view
-- key: change_id
select
    c.change_id,
    c.view_name,
    c.change_seq,
    c.as_of_date,
    c.changed_count,
    c.removed_count,
    jsonb_array_length(c.keys) as key_count,
    c.created_at,
    c.sent_at
from ops.mart_change as c
where %(view_name)s::text is null or c.view_name = %(view_name)s
order by c.change_id desc
limit %(most)s;
