-- purpose: the oldest batch of the entity that somebody began and did not finish
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
where b.entity = %(entity)s and b.state in ('claimed', 'validated')
order by b.batch_id asc
limit 1
