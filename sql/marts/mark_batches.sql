-- purpose: the batches are taken in
-- grain: one batch
-- key: batch_id
update ops.mart_batch as q
set included_at = now()
where q.mart_group = %(mart_group)s and q.batch_id = any(%(waiting_ids)s::bigint[]) and q.included_at is null;
