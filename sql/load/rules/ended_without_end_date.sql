-- purpose: ended enrolments that do not say when they ended
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.status = 'ended'
    and b.end_date is null
