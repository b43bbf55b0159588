-- purpose: certificates of a type that their source is not registered to issue
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    exists (
        select 1
        from ops.source as r
        where r.source_id = b.source_id and r.achievement_types is not null and not b.achievement_type = any(r.achievement_types)
    )
