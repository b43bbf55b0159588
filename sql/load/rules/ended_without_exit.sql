-- purpose: ended enrolments that do not say how they ended
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.status = 'ended'
    and b.exit_type is null
