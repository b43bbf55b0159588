-- purpose: batches that await an engineer
-- grain: one batch
-- key: batch_id
select
    b.batch_id,
    b.entity,
    b.event_count,
    b.held_rules
from ops.batch as b
where b.state = 'held'
order by b.batch_id;
