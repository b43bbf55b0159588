-- purpose: levels of education that ISCED does not have
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
        from ref.isced_level as r
        where r.isced_level = b.isced_level
    )
