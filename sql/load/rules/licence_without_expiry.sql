-- purpose: licences that never expire
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.achievement_type = 'License'
    and b.valid_until is null
