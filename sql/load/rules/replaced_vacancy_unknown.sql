-- purpose: reposts of a vacancy that neither core nor the batch knows
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.replaces_vacancy_id is not null
    and not exists (
        select 1
        from core.vacancy as v
        where v.source_id = b.source_id and v.vacancy_id = b.replaces_vacancy_id
    )
    and not exists (
        select 1
        from stage."{candidates}" as o
        where o.source_id = b.source_id and o.vacancy_id = b.replaces_vacancy_id
    )
