-- purpose: how many loaded batches the marts have yet to take in
-- grain: one row
-- key: none
select count(*) as batch_count
from ops.mart_batch as q
where q.included_at is null;
