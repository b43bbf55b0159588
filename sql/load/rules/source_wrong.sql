-- purpose: events of a source that is not registered for the entity; none can have landed, so one is an alarm
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    not exists (
        select 1
        from ops.source as r
        where r.source_id = b.source_id and '{entity}' = any(r.entities)
    )
