-- purpose: batches that were loaded more than half an hour ago and that the group has not taken in
-- grain: one batch
-- key: batch_id
select w.batch_id
from ops.mart_batch as w
inner join ops.batch as b on w.batch_id = b.batch_id
where
    w.mart_group = '{group}'
    and w.included_at is null
    and coalesce(b.settled_at, b.claimed_at) < now() - interval '30 minutes'
