-- purpose: views that were not refreshed for a day although batches were loaded since
-- grain: one view
-- key: view_name
select f.view_name
from ops.freshness as f
where
    f.mart_group = '{group}'
    and f.refreshed_at < now() - interval '1 day'
    and exists (
        select 1
        from ops.mart_batch as w
        inner join ops.batch as b on w.batch_id = b.batch_id
        where w.mart_group = f.mart_group and (w.included_at is null or b.settled_at > f.refreshed_at)
    )
