-- purpose: enrolments of a school without a grade
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.organisation_kind = 'school'
    and b.grade is null
