-- purpose: one batch as it stands; its row is locked to the end of the transaction
-- grain: one batch
-- key: batch_id
select
    b.batch_id,
    b.entity,
    b.state,
    b.event_count,
    b.is_released,
    b.held_rules
from ops.batch as b
where b.batch_id = %(batch_id)s
for update
