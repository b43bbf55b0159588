-- purpose: places that are well formed and not in the KATO that is loaded
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.kato_code is not null
    and exists (
        select 1
        from ref.kato
    )
    and not exists (
        select 1
        from ref.kato as k
        where k.kato_code = b.kato_code
    )
