-- purpose: occupations that are not in their classification, where that is loaded
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.occupation_code is not null
    and exists (
        select 1
        from ref.occupation as k
        where k.scheme = b.occupation_scheme
    )
    and not exists (
        select 1
        from ref.occupation as k
        where k.scheme = b.occupation_scheme and k.occupation_code = b.occupation_code
    )
