-- purpose: places in no region of the reference
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.kato_code is not null
    and not exists (
        select 1
        from ref.region as r
        where r.region_code = b.region_code
    )
