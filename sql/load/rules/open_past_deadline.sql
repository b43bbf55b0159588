-- purpose: vacancies that are open after their last day
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.status = 'open'
    and b.valid_through < cast(b.occurred_at as date)
