-- purpose: what repeats a rejected event of the batch is rejected for the same reason, as it would be in a later batch
-- grain: one event
-- key: topic_id, partition, offset
update stage."{entity}" as s
set
    is_duplicate = false,
    failures = o.failures
from stage."{entity}" as o
where
    s.is_duplicate
    and not o.is_duplicate
    and o.failures <> '{}'
    and s.source_id = o.source_id
    and s.event_id = o.event_id
    and s.payload_sha256 = o.payload_sha256
