-- purpose: what became of a source's events in some batches
-- grain: one batch
-- key: batch_id
select
    t.batch_id,
    t.entity,
    t.is_discarded,
    t.loaded,
    t.superseded,
    t.duplicate,
    t.rejected,
    t.warned,
    t.settled_at
from ops.sum_receipts(%(source_id)s::integer, %(batch_ids)s::bigint[]) as t
order by t.batch_id
