-- purpose: keep the batch's events that say again what was said
-- grain: one event
-- key: topic_id, partition, offset
insert into ops.duplicate (topic_id, partition, "offset", batch_id, source_id, entity, event_id)
select
    s.topic_id,
    s.partition,
    s."offset",
    s.batch_id,
    s.source_id,
    %(entity)s,
    s.event_id
from stage."{entity}" as s
where s.is_duplicate
