-- purpose: the loaded batches the group has not taken in yet
-- grain: one batch
-- key: batch_id
select q.batch_id
from ops.mart_batch as q
where q.mart_group = %(mart_group)s and q.included_at is null
order by q.batch_id;
