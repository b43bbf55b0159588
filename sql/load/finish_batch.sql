-- purpose: note that every event of the batch is settled
-- grain: one batch
-- key: batch_id
update ops.batch
set
    state = %(state)s,
    settled_at = now(),
    note = coalesce(%(note)s, note)
where batch_id = %(batch_id)s
