-- purpose: note on the batch's rows how the contested events were settled
-- grain: one event
-- key: topic_id, partition, offset
update stage."{entity}" as s
set
    is_duplicate = c.outcome = 'duplicate',
    failures = case when c.outcome = 'duplicate' then s.failures else array[c.outcome] end
from contested as c
where
    c.outcome <> 'accepted'
    and s.topic_id = c.topic_id
    and s.partition = c.partition
    and s."offset" = c."offset"
