-- purpose: school grades that belong to another level of education: 1-4 primary, 5-9 lower secondary, 10-12 upper secondary
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.grade is not null
    and b.isced_level <> case
        when b.grade <= 4 then 1
        when b.grade <= 9 then 2
        else 3
    end
