-- purpose: vacancies that repost themselves
-- grain: one event of the batch
-- key: topic_id, partition, offset
select
    b.topic_id,
    b.partition,
    b."offset"
from stage."{candidates}" as b
where
    b.replaces_vacancy_id = b.vacancy_id
