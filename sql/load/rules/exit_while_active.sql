-- purpose: enrolments that go on and yet have an exit
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.status in ('active', 'on_leave')
    and b.exit_type is not null
