-- purpose: enrolments of a school with a year of study, which belongs to colleges and universities
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.organisation_kind = 'school'
    and b.year_of_study is not null
