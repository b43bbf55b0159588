-- purpose: batches, the newest first
-- grain: one batch
-- key: batch_id
select
    b.batch_id,
    b.entity,
    b.state,
    b.event_count,
    b.is_released,
    b.held_rules,
    b.claimed_at,
    b.validated_at,
    b.settled_at,
    b.note
from ops.batch as b
where
    (%(entity)s::text is null or b.entity = %(entity)s)
    and (%(state)s::text is null or b.state = %(state)s)
    and (%(batch_id)s::bigint is null or b.batch_id = %(batch_id)s)
order by b.batch_id desc
limit %(max_rows)s
