-- purpose: scores without the highest score possible
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.result_kind = 'score'
    and b.result_max is null
