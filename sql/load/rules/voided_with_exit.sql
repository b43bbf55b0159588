-- purpose: enrolments that never were and yet have an exit
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.status = 'voided'
    and b.exit_type is not null
